//! Parties and settlement chains, both ways.
//!
//! A chain is positional here: the depository, `Pty1` next to it, then up to four more outwards. Which role the parties
//! behind `Pty1` have follows from how many there are (see [`roles`]); where a chain will be read back differently from
//! what it was, one without a client above all, that is a loss and is told.

use super::encode::{Draft, Losses};
use super::issued;
use super::outline::At;
use super::parts::may;
use super::schema::{Schema, TypeId};
use super::{details, rows, sheet, terms};
use crate::codec::EncodeError;
use crate::model::{Detail, DetailValue as V, Lei, Movement, Party, PartyDetails, PartyId, SettlementChain};

/// Stands where an issuer is required and none is known.
pub(super) const NOT_PROVIDED: &str = "NOTPROVIDED";
/// The issuer of an identifier that is an LEI.
const LEI: &str = "LEI";

/// Reads a party; `None` when it is not identified at all.
pub(super) fn party(at: At<'_, '_>) -> Option<Party> {
    let lei: Option<Lei> = may(at, "LEI");
    let mut party = Party::new(party_id(at)?);
    party.lei = lei.filter(|lei| party.id != PartyId::Lei(*lei));
    party.account = may(at, "SfkpgAcct/Id").or_else(|| may(at, "BlckChainAdrOrWllt/Id"));
    party.processing_reference = may(at, "PrcgId");
    if let Some(alternate) = at.get("AltrnId") {
        let kind = alternate.value("IdTp/Cd").or_else(|| alternate.value("IdTp/Prtry/Id"));
        if let (Some(kind), Some(country), Some(id)) =
            (kind, alternate.value("Ctry"), alternate.value("AltrnId"))
        {
            party.further.push(format!("{kind}={country}/{id}"));
        }
    }
    Some(party)
}

fn party_id(at: At<'_, '_>) -> Option<PartyId> {
    if let Some(text) = ["Id/AnyBIC", "Id/BICFI", "Id/BIC"].iter().find_map(|path| at.value(path)) {
        let unknown = || PartyId::Proprietary { issuer: "BIC".into(), id: text.to_owned() };
        return Some(text.parse().map_or_else(|_| unknown(), PartyId::Bic));
    }
    if let Some(id) = at.value("Id/PrtryId/Id") {
        let issuer = at.get("Id/PrtryId").map(issued::issuer).unwrap_or_default();
        if let (LEI, Ok(lei)) = (issuer.as_str(), id.parse()) {
            return Some(PartyId::Lei(lei));
        }
        return Some(PartyId::Proprietary { issuer, id: id.to_owned() });
    }
    if let Some(name) = at.get("Id/NmAndAdr") {
        let mut lines: Vec<String> = name
            .value("Nm")?
            .lines()
            .map(|line| line.trim().to_owned())
            .filter(|line| !line.is_empty())
            .collect();
        if let Some(address) = name.get("Adr") {
            lines.extend(address.all("AdrLine").map(|line| line.text().trim().to_owned()));
            let street = [address.value("StrtNm"), address.value("BldgNb")];
            let town = [address.value("PstCd"), address.value("TwnNm"), address.value("CtrySubDvsn")];
            for parts in [street.as_slice(), town.as_slice(), &[address.value("Ctry")]] {
                let parts: Vec<&str> = parts.iter().copied().flatten().collect();
                lines.push(parts.join(" "));
            }
            lines.retain(|line| !line.is_empty());
        }
        return Some(PartyId::Name(lines));
    }
    if let Some(country) = at.value("Id/Ctry") {
        return Some(PartyId::Country(country.to_owned()));
    }
    may(at, "LEI").map(PartyId::Lei)
}

/// What a place for a party can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// The depository: BIC, name or country; no account.
    Depository,
    /// A party of the chain: BIC, proprietary identifier or name.
    Chain,
    /// The account owner: BIC or proprietary identifier; no account.
    Owner,
}

/// Writes a party into its place; what the place cannot hold is a loss, a party it cannot hold at all an error.
pub(super) fn put_party(
    draft: &mut Draft,
    field: &'static str,
    party: &Party,
    place: Place,
    losses: &mut Losses,
) -> Result<(), EncodeError> {
    let refuse =
        |value: String, reason: &str| Err(EncodeError::Invalid { field, value, reason: reason.into() });
    match &party.id {
        PartyId::Bic(bic) => draft.set("Id/AnyBIC", field, bic),
        PartyId::Lei(lei) if place == Place::Depository => {
            return refuse(lei.to_string(), "a depository is named by BIC, name or country; give its BIC");
        }
        PartyId::Lei(lei) => {
            draft.set("Id/PrtryId/Id", field, lei);
            draft.set("Id/PrtryId/Issr", field, LEI);
        }
        PartyId::Proprietary { issuer, id } if place == Place::Depository => {
            return refuse(
                format!("{issuer}/{id}"),
                "a depository is named by BIC, name or country; give its BIC",
            );
        }
        PartyId::Proprietary { issuer, id } => {
            issued::put(draft.at("Id/PrtryId"), field, id, issuer);
        }
        PartyId::Name(lines) if place == Place::Owner => {
            return refuse(lines.join(", "), "an account owner is named by BIC or identifier; give its BIC");
        }
        PartyId::Name(lines) => draft.set("Id/NmAndAdr/Nm", field, lines.join("\n")),
        PartyId::Country(country) if place == Place::Depository => {
            draft.set("Id/Ctry", field, country);
        }
        PartyId::Country(country) => {
            return refuse(country.clone(), "a country alone names only a depository; give a BIC or a name");
        }
    }
    match (&party.lei, &party.id) {
        (Some(lei), _) | (None, PartyId::Lei(lei)) => draft.set("LEI", field, lei),
        (None, _) => {}
    }
    match &party.account {
        Some(account) if place == Place::Chain => draft.set("SfkpgAcct/Id", field, account),
        Some(account) => losses.add(format!("{field}.account"), account, "there is no account in this place"),
        None => {}
    }
    match &party.processing_reference {
        Some(reference) if place != Place::Owner => draft.set("PrcgId", field, reference),
        Some(reference) => {
            losses.add(
                format!("{field}.processing_reference"),
                reference,
                "there is no reference in this place",
            );
        }
        None => {}
    }
    for (nth, further) in party.further.iter().enumerate() {
        match alternate(further) {
            Some((kind, country, id)) if nth == 0 && place != Place::Owner => {
                draft.set("AltrnId/IdTp/Cd", field, kind);
                draft.set("AltrnId/Ctry", field, country);
                draft.set("AltrnId/AltrnId", field, id);
            }
            _ => losses.add(
                format!("{field}.further"),
                further,
                "one further identification fits, as KIND=COUNTRY/ID with a kind that the message knows",
            ),
        }
    }
    Ok(())
}

/// Writes a party as far as the table of its place goes; whether the place can name it at all. Its account is the
/// caller's.
pub(super) fn put_known(
    (schema, of): (&Schema, TypeId),
    draft: &mut Draft,
    field: &'static str,
    party: &Party,
    losses: &mut Losses,
) -> bool {
    let has = |path: &str| schema.down(of, path).is_some();
    let named = match &party.id {
        PartyId::Bic(_) => has("Id/AnyBIC") || has("Id/BICFI"),
        PartyId::Lei(_) | PartyId::Proprietary { .. } => has("Id/PrtryId"),
        PartyId::Name(_) => has("Id/NmAndAdr"),
        PartyId::Country(_) => has("Id/Ctry"),
    };
    if !named {
        return false;
    }
    let mut party = party.clone();
    let no_place = "there is no such place in this message";
    if let Some(lei) = party.lei.take_if(|_| !has("LEI")) {
        losses.add(field, lei, no_place);
    }
    if let Some(reference) = party.processing_reference.take_if(|_| !has("PrcgId")) {
        losses.add(field, reference, no_place);
    }
    if let Some(account) = party.account.take_if(|_| !has("SfkpgAcct/Id")) {
        losses.add(field, account, no_place);
    }
    if !has("AltrnId") {
        for further in std::mem::take(&mut party.further) {
            losses.add(field, further, no_place);
        }
    }
    let place = if matches!(party.id, PartyId::Country(_)) { Place::Depository } else { Place::Chain };
    if put_party(draft, field, &party, place, losses).is_err() {
        return false;
    }
    if let (PartyId::Bic(bic), true) = (&party.id, has("Id/BICFI")) {
        draft.at("Id").clear();
        draft.set("Id/BICFI", field, bic);
    }
    true
}

fn alternate(further: &str) -> Option<(&str, &str, &str)> {
    // `TXID=GB/123`, as it is said beside MT, or with the country before the sign.
    let (scheme, value) = further.split_once('=')?;
    let (kind, country, id) = match (scheme.split_once('/'), value.split_once('/')) {
        (Some((kind, country)), _) => (kind, country, value),
        (None, Some((country, id))) => (scheme, country, id),
        (None, None) => return None,
    };
    let known = ["ARNU", "CCPT", "CHTY", "CORP", "DRLC", "FIIN", "TXID"].contains(&kind);
    let fits = known && country.len() == 2 && country.bytes().all(|b| b.is_ascii_uppercase());
    (fits && !id.is_empty() && id.chars().count() <= 35).then_some((kind, country, id))
}

/// The roles behind `Pty1`, from the agent outwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Intermediary2,
    Intermediary1,
    Custodian,
    Client,
}

impl Role {
    /// The field of the chain that holds it.
    fn field(self) -> &'static str {
        match self {
            Role::Intermediary2 => "intermediary_2",
            Role::Intermediary1 => "intermediary_1",
            Role::Custodian => "custodian",
            Role::Client => "client",
        }
    }
}

/// Which roles so many parties behind `Pty1` have: the last one is always the client.
///
/// No rule book of ISO 20022 names the roles. They are inferred from the chain rule of ISO 15022 (network error E86): DEI2
/// needs DEI1, DEI1 needs DECU, DECU needs SELL, and the same from REI2 to BUYR. So a valid chain is closed by its client,
/// grows from the client inwards, and its number of parties says who stands where. Read otherwise, a lone `Pty2` would be
/// a custodian without a client, which no MT540 to MT548 may say.
fn roles(count: usize) -> &'static [Role] {
    use Role::{Client, Custodian, Intermediary1, Intermediary2};
    match count {
        0 => &[],
        1 => &[Client],
        2 => &[Custodian, Client],
        3 => &[Intermediary1, Custodian, Client],
        _ => &[Intermediary2, Intermediary1, Custodian, Client],
    }
}

const PLACES: [&str; 4] = ["Pty2", "Pty3", "Pty4", "Pty5"];

/// Reads one side.
pub(super) fn chain(at: At<'_, '_>, name: &str) -> SettlementChain {
    let mut chain = SettlementChain::default();
    let Some(side) = at.get(name) else { return chain };
    chain.depository = side.get("Dpstry").and_then(party);
    chain.agent = side.get("Pty1").and_then(party);
    let behind: Vec<Party> = PLACES.iter().filter_map(|place| side.get(place).and_then(party)).collect();
    for (role, party) in roles(behind.len()).iter().zip(behind) {
        *place_of(&mut chain, *role) = Some(party);
    }
    chain
}

fn place_of(chain: &mut SettlementChain, role: Role) -> &mut Option<Party> {
    match role {
        Role::Intermediary2 => &mut chain.intermediary_2,
        Role::Intermediary1 => &mut chain.intermediary_1,
        Role::Custodian => &mut chain.custodian,
        Role::Client => &mut chain.client,
    }
}

/// Writes one side; a chain whose roles will be read differently is a loss.
pub(super) fn put_chain(
    draft: &mut Draft,
    name: &'static str,
    field: &'static str,
    chain: &SettlementChain,
    losses: &mut Losses,
) -> Result<(), EncodeError> {
    if chain.is_empty() {
        return Ok(());
    }
    let side = draft.at(name);
    if let Some(party) = &chain.depository {
        put_party(side.at("Dpstry"), field, party, Place::Depository, losses)?;
    }
    if let Some(party) = &chain.agent {
        put_party(side.at("Pty1"), field, party, Place::Chain, losses)?;
    }
    let behind: Vec<(Role, &Party)> = [
        (Role::Intermediary2, &chain.intermediary_2),
        (Role::Intermediary1, &chain.intermediary_1),
        (Role::Custodian, &chain.custodian),
        (Role::Client, &chain.client),
    ]
    .into_iter()
    .filter_map(|(role, party)| Some((role, party.as_ref()?)))
    .collect();
    for ((place, read_as), (role, party)) in PLACES.iter().zip(roles(behind.len())).zip(&behind) {
        put_party(side.at(place), field, party, Place::Chain, losses)?;
        if role != read_as {
            losses.add(
                format!("{field}.{}", role.field()),
                format!("{:?}", party.id),
                format!(
                    "parties are told apart by position: this one stands as {place} and is read back as {}",
                    read_as.field()
                ),
            );
        }
    }
    Ok(())
}

/// One side of a settlement.
#[derive(Debug, Clone, Copy)]
pub(super) struct Side {
    /// Its element.
    pub(super) name: &'static str,
    /// Whether it delivers.
    pub(super) is_delivering: bool,
    /// What the account owner does.
    pub(super) movement: Movement,
}

impl Side {
    /// Whether it is the other side, seen from the account owner.
    fn is_other(self) -> bool {
        self.is_delivering == (self.movement == Movement::Receive)
    }

    /// What ISO 15022 calls a role on this side.
    fn code(self, role: Option<Role>) -> &'static str {
        let (delivering, receiving) = match role {
            None => ("DEAG", "REAG"),
            Some(Role::Intermediary2) => ("DEI2", "REI2"),
            Some(Role::Intermediary1) => ("DEI1", "REI1"),
            Some(Role::Custodian) => ("DECU", "RECU"),
            Some(Role::Client) => ("SELL", "BUYR"),
        };
        if self.is_delivering { delivering } else { receiving }
    }
}

/// Where the parties of a chain stand, each with its code; the depository goes with one side alone.
fn places(chain: &SettlementChain, side: Side, depository: bool) -> Vec<(&'static str, &'static str)> {
    let mut places = Vec::new();
    if chain.depository.is_some() && depository {
        places.push(("PSET", "Dpstry"));
    }
    if chain.agent.is_some() {
        places.push((side.code(None), "Pty1"));
    }
    let behind = [
        (Role::Intermediary2, &chain.intermediary_2),
        (Role::Intermediary1, &chain.intermediary_1),
        (Role::Custodian, &chain.custodian),
        (Role::Client, &chain.client),
    ];
    let present = behind.into_iter().filter(|(_, party)| party.is_some()).map(|(role, _)| role);
    places.extend(present.zip(PLACES).map(|(role, place)| (side.code(Some(role)), place)));
    places
}

/// What more is said of the parties of a side than its chain holds.
pub(super) fn further(
    at: At<'_, '_>,
    name: &str,
    is_delivering: bool,
    movement: Movement,
    chain: &SettlementChain,
) -> Vec<PartyDetails> {
    let Some(found) = at.get(name) else { return Vec::new() };
    let name = if is_delivering { "DlvrgSttlmPties" } else { "RcvgSttlmPties" };
    let side = Side { name, is_delivering, movement };
    let other = if is_delivering { "RcvgSttlmPties" } else { "DlvrgSttlmPties" };
    let depository = side.is_other() || at.get(other).and_then(|other| other.get("Dpstry")).is_none();
    let places = places(chain, side, depository);
    let told =
        places.into_iter().filter_map(|(role, place)| {
            let party = found.get(place)?;
            let mut list = details::read(party, rows::PARTY);
            let account = terms::stated(party);
            let account = account.filter(|account| *account != account.id.clone().into());
            list.extend(account.map(|account| {
                Detail::new(if account.wallet { "BCAW" } else { "SAFE" }, V::Account(account))
            }));
            (!list.is_empty()).then(|| PartyDetails { role: role.to_owned(), details: list })
        });
    told.collect()
}

/// Writes one side with what more is said of its parties.
pub(super) fn put_side(
    (schema, of): (&Schema, TypeId),
    root: &mut Draft,
    field: &'static str,
    chain: &SettlementChain,
    side: Side,
    (told, told_field): (&[PartyDetails], &'static str),
    losses: &mut Losses,
) -> Result<(), EncodeError> {
    let Some(side_of) = schema.down(of, side.name) else {
        if !chain.is_empty() {
            losses.add(field, format!("{chain:?}"), "the message names no parties of this side");
        }
        return Ok(());
    };
    let places = places(chain, side, true);
    let mut plain = chain.clone();
    let stated = |role: &str| {
        let list = told.iter().filter(move |t| t.role == role).flat_map(|t| &t.details);
        list.filter_map(|d| if let V::Account(account) = &d.value { Some(account) } else { None }).next()
    };
    let parties = [
        (None, &mut plain.agent),
        (Some(Role::Intermediary2), &mut plain.intermediary_2),
        (Some(Role::Intermediary1), &mut plain.intermediary_1),
        (Some(Role::Custodian), &mut plain.custodian),
        (Some(Role::Client), &mut plain.client),
    ];
    for (role, party) in parties {
        if let Some(party) = party
            && stated(side.code(role)).is_some()
        {
            party.account = None;
        }
    }
    put_chain(root, side.name, field, &plain, losses)?;
    if !plain.is_empty() {
        root.at(side.name).prune(schema, side_of, field, losses);
    }
    for (role, place) in places {
        if role == "PSET" && !side.is_other() && told.iter().any(|t| t.role == role) {
            // It goes with the depository of the other side, where that has one.
            continue;
        }
        let Some(party_of) = schema.down(side_of, place) else { continue };
        let draft = root.at(side.name).at(place);
        for more in told.iter().filter(|t| t.role == role) {
            let is_account = |d: &&Detail| matches!(d.value, V::Account(_));
            if let Some(account) = stated(role) {
                terms::put_stated((schema, party_of), draft, account, told_field, losses);
            }
            let rest: Vec<Detail> = more.details.iter().filter(|d| !is_account(d)).cloned().collect();
            sheet::put((schema, party_of), draft, rows::PARTY, &rest, told_field, losses);
        }
    }
    Ok(())
}

/// Tells what is said of parties that stand in no chain.
pub(super) fn lose_strangers(
    delivering: &SettlementChain,
    receiving: &SettlementChain,
    movement: Movement,
    told: &[PartyDetails],
    field: &'static str,
    losses: &mut Losses,
) {
    let sides = [
        (delivering, Side { name: "DlvrgSttlmPties", is_delivering: true, movement }),
        (receiving, Side { name: "RcvgSttlmPties", is_delivering: false, movement }),
    ];
    for more in told {
        let known = |(chain, side): &(&SettlementChain, Side)| {
            let other = more.role != "PSET" || side.is_other();
            other && places(chain, *side, true).iter().any(|(role, _)| *role == more.role)
        };
        if !sides.iter().any(known) {
            let shown = format!("{} {:?}", more.role, more.details);
            losses.add(field, shown, "the party it speaks of stands in no chain here");
        }
    }
}
