//! Values as MessagePack: byte for byte what `rmp_serde` writes (a test holds it to that), in a fraction of its steps. All that is
//! written here goes into memory, so nothing can go wrong but a value that refuses to be written.

use std::fmt::Error;

use serde::Serialize;
use serde::ser::{self, Serializer};

/// Where the bytes go.
pub(crate) trait Sink {
    /// Takes some.
    fn put(&mut self, bytes: &[u8]);
}

impl Sink for Vec<u8> {
    #[inline]
    fn put(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }
}

/// With the names of fields, as journals are written.
pub(crate) fn named<S: Sink>(sink: &mut S, value: &impl Serialize) -> Result<(), Error> {
    value.serialize(&mut Packer::<S, true> { sink })
}

/// Without: fields by their order.
pub(crate) fn unnamed<S: Sink>(sink: &mut S, value: &impl Serialize) -> Result<(), Error> {
    value.serialize(&mut Packer::<S, false> { sink })
}

struct Packer<'s, S, const NAMED: bool> {
    sink: &'s mut S,
}

/// The markers of one kind of value whose length may be long: in four or five bits of the marker, in one, two or four bytes behind it.
struct Markers {
    short: u8,
    short_max: usize,
    one: Option<u8>,
    two: u8,
    four: u8,
}

const STR: Markers = Markers { short: 0xa0, short_max: 31, one: Some(0xd9), two: 0xda, four: 0xdb };
const BIN: Markers = Markers { short: 0, short_max: 0, one: Some(0xc4), two: 0xc5, four: 0xc6 };
const ARRAY: Markers = Markers { short: 0x90, short_max: 15, one: None, two: 0xdc, four: 0xdd };
const MAP: Markers = Markers { short: 0x80, short_max: 15, one: None, two: 0xde, four: 0xdf };

impl<S: Sink, const NAMED: bool> Packer<'_, S, NAMED> {
    #[inline]
    fn length(&mut self, of: &Markers, length: usize) -> Result<(), Error> {
        // Nearly all are short. A text of no bytes is short; bytes are never.
        if length <= of.short_max && of.short != 0 {
            self.sink.put(&[of.short | u8::try_from(length).map_err(|_| Error)?]);
            return Ok(());
        }
        self.long(of, length)
    }

    fn long(&mut self, of: &Markers, length: usize) -> Result<(), Error> {
        let length = u32::try_from(length).map_err(|_| Error)?;
        match (of.one, u8::try_from(length), u16::try_from(length)) {
            (Some(marker), Ok(length), _) => self.sink.put(&[marker, length]),
            (_, _, Ok(length)) => self.behind(of.two, &length.to_be_bytes()),
            _ => self.behind(of.four, &length.to_be_bytes()),
        }
        Ok(())
    }

    fn behind(&mut self, marker: u8, bytes: &[u8]) {
        self.sink.put(&[marker]);
        self.sink.put(bytes);
    }

    #[inline]
    fn text(&mut self, text: &str) -> Result<(), Error> {
        self.length(&STR, text.len())?;
        self.sink.put(text.as_bytes());
        Ok(())
    }

    fn variant(&mut self, name: &str) -> Result<(), Error> {
        self.sink.put(&[MAP.short | 1]);
        self.text(name)
    }
}

impl<'p, 's, S: Sink, const NAMED: bool> Serializer for &'p mut Packer<'s, S, NAMED> {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = Several<'p, 's, S, NAMED>;
    type SerializeTuple = Fields<'p, 's, S, NAMED>;
    type SerializeTupleStruct = Fields<'p, 's, S, NAMED>;
    type SerializeTupleVariant = Fields<'p, 's, S, NAMED>;
    type SerializeMap = Several<'p, 's, S, NAMED>;
    type SerializeStruct = Fields<'p, 's, S, NAMED>;
    type SerializeStructVariant = Fields<'p, 's, S, NAMED>;

    fn is_human_readable(&self) -> bool {
        false
    }

    fn serialize_bool(self, v: bool) -> Result<(), Error> {
        self.sink.put(&[0xc2 | u8::from(v)]);
        Ok(())
    }

    fn serialize_i8(self, v: i8) -> Result<(), Error> {
        self.serialize_i64(i64::from(v))
    }

    fn serialize_i16(self, v: i16) -> Result<(), Error> {
        self.serialize_i64(i64::from(v))
    }

    fn serialize_i32(self, v: i32) -> Result<(), Error> {
        self.serialize_i64(i64::from(v))
    }

    fn serialize_i64(self, v: i64) -> Result<(), Error> {
        if let Ok(v) = u64::try_from(v) {
            return self.serialize_u64(v);
        }
        match (i8::try_from(v), i16::try_from(v), i32::try_from(v)) {
            (Ok(v), ..) if v >= -32 => self.sink.put(&v.to_be_bytes()),
            (Ok(v), ..) => self.behind(0xd0, &v.to_be_bytes()),
            (_, Ok(v), _) => self.behind(0xd1, &v.to_be_bytes()),
            (_, _, Ok(v)) => self.behind(0xd2, &v.to_be_bytes()),
            _ => self.behind(0xd3, &v.to_be_bytes()),
        }
        Ok(())
    }

    fn serialize_i128(self, v: i128) -> Result<(), Error> {
        self.serialize_bytes(&v.to_be_bytes())
    }

    fn serialize_u8(self, v: u8) -> Result<(), Error> {
        self.serialize_u64(u64::from(v))
    }

    fn serialize_u16(self, v: u16) -> Result<(), Error> {
        self.serialize_u64(u64::from(v))
    }

    fn serialize_u32(self, v: u32) -> Result<(), Error> {
        self.serialize_u64(u64::from(v))
    }

    fn serialize_u64(self, v: u64) -> Result<(), Error> {
        match (u8::try_from(v), u16::try_from(v), u32::try_from(v)) {
            (Ok(v), ..) if v < 128 => self.sink.put(&[v]),
            (Ok(v), ..) => self.sink.put(&[0xcc, v]),
            (_, Ok(v), _) => self.behind(0xcd, &v.to_be_bytes()),
            (_, _, Ok(v)) => self.behind(0xce, &v.to_be_bytes()),
            _ => self.behind(0xcf, &v.to_be_bytes()),
        }
        Ok(())
    }

    fn serialize_u128(self, v: u128) -> Result<(), Error> {
        self.serialize_bytes(&v.to_be_bytes())
    }

    #[allow(clippy::disallowed_types, reason = "serde asks for it; there are none in facts and events")]
    fn serialize_f32(self, v: f32) -> Result<(), Error> {
        self.behind(0xca, &v.to_be_bytes());
        Ok(())
    }

    #[allow(clippy::disallowed_types, reason = "serde asks for it; there are none in facts and events")]
    fn serialize_f64(self, v: f64) -> Result<(), Error> {
        self.behind(0xcb, &v.to_be_bytes());
        Ok(())
    }

    fn serialize_char(self, v: char) -> Result<(), Error> {
        self.text(v.encode_utf8(&mut [0; 4]))
    }

    #[inline]
    fn serialize_str(self, v: &str) -> Result<(), Error> {
        self.text(v)
    }

    fn serialize_bytes(self, v: &[u8]) -> Result<(), Error> {
        self.length(&BIN, v.len())?;
        self.sink.put(v);
        Ok(())
    }

    fn serialize_none(self) -> Result<(), Error> {
        self.serialize_unit()
    }

    #[inline]
    fn serialize_some<T: ?Sized + Serialize>(self, value: &T) -> Result<(), Error> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Error> {
        self.sink.put(&[0xc0]);
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Error> {
        self.length(&ARRAY, 0)
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<(), Error> {
        self.text(variant)
    }

    #[inline]
    fn serialize_newtype_struct<T: ?Sized + Serialize>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: ?Sized + Serialize>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        self.variant(variant)?;
        value.serialize(self)
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<Self::SerializeSeq, Error> {
        Several::new(self, &ARRAY, length)
    }

    fn serialize_tuple(self, length: usize) -> Result<Self::SerializeTuple, Error> {
        self.length(&ARRAY, length)?;
        Ok(Fields(self))
    }

    fn serialize_tuple_struct(self, _: &'static str, length: usize) -> Result<Self::SerializeTuple, Error> {
        self.serialize_tuple(length)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Self::SerializeTuple, Error> {
        self.variant(variant)?;
        self.serialize_tuple(length)
    }

    fn serialize_map(self, length: Option<usize>) -> Result<Self::SerializeMap, Error> {
        Several::new(self, &MAP, length)
    }

    #[inline]
    fn serialize_struct(self, _: &'static str, length: usize) -> Result<Self::SerializeStruct, Error> {
        self.length(if NAMED { &MAP } else { &ARRAY }, length)?;
        Ok(Fields(self))
    }

    fn serialize_struct_variant(
        self,
        name: &'static str,
        _: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Self::SerializeStruct, Error> {
        self.variant(variant)?;
        self.serialize_struct(name, length)
    }
}

/// Fields, of which it was said before how many there are.
struct Fields<'p, 's, S, const NAMED: bool>(&'p mut Packer<'s, S, NAMED>);

impl<S: Sink, const NAMED: bool> Fields<'_, '_, S, NAMED> {
    #[inline]
    fn field<T: ?Sized + Serialize>(&mut self, name: &'static str, value: &T) -> Result<(), Error> {
        if NAMED {
            self.0.text(name)?;
        }
        value.serialize(&mut *self.0)
    }
}

impl<S: Sink, const NAMED: bool> ser::SerializeTuple for Fields<'_, '_, S, NAMED> {
    type Ok = ();
    type Error = Error;
    fn serialize_element<T: ?Sized + Serialize>(&mut self, value: &T) -> Result<(), Error> {
        value.serialize(&mut *self.0)
    }
    fn end(self) -> Result<(), Error> {
        Ok(())
    }
}

impl<S: Sink, const NAMED: bool> ser::SerializeTupleStruct for Fields<'_, '_, S, NAMED> {
    type Ok = ();
    type Error = Error;
    fn serialize_field<T: ?Sized + Serialize>(&mut self, value: &T) -> Result<(), Error> {
        value.serialize(&mut *self.0)
    }
    fn end(self) -> Result<(), Error> {
        Ok(())
    }
}

impl<S: Sink, const NAMED: bool> ser::SerializeTupleVariant for Fields<'_, '_, S, NAMED> {
    type Ok = ();
    type Error = Error;
    fn serialize_field<T: ?Sized + Serialize>(&mut self, value: &T) -> Result<(), Error> {
        value.serialize(&mut *self.0)
    }
    fn end(self) -> Result<(), Error> {
        Ok(())
    }
}

impl<S: Sink, const NAMED: bool> ser::SerializeStruct for Fields<'_, '_, S, NAMED> {
    type Ok = ();
    type Error = Error;
    #[inline]
    fn serialize_field<T: ?Sized + Serialize>(&mut self, name: &'static str, value: &T) -> Result<(), Error> {
        self.field(name, value)
    }
    fn end(self) -> Result<(), Error> {
        Ok(())
    }
}

impl<S: Sink, const NAMED: bool> ser::SerializeStructVariant for Fields<'_, '_, S, NAMED> {
    type Ok = ();
    type Error = Error;
    #[inline]
    fn serialize_field<T: ?Sized + Serialize>(&mut self, name: &'static str, value: &T) -> Result<(), Error> {
        self.field(name, value)
    }
    fn end(self) -> Result<(), Error> {
        Ok(())
    }
}

/// Entries. Where nobody says how many there are, they are laid aside and counted.
struct Several<'p, 's, S, const NAMED: bool> {
    to: &'p mut Packer<'s, S, NAMED>,
    of: &'static Markers,
    aside: Option<(Vec<u8>, usize)>,
}

impl<'p, 's, S: Sink, const NAMED: bool> Several<'p, 's, S, NAMED> {
    fn new(
        to: &'p mut Packer<'s, S, NAMED>,
        of: &'static Markers,
        length: Option<usize>,
    ) -> Result<Self, Error> {
        if let Some(length) = length {
            to.length(of, length)?;
        }
        let aside = length.is_none().then(|| (Vec::with_capacity(128), 0));
        Ok(Self { to, of, aside })
    }

    fn one<T: ?Sized + Serialize>(&mut self, value: &T, counts: bool) -> Result<(), Error> {
        match &mut self.aside {
            None => value.serialize(&mut *self.to),
            Some((sink, count)) => {
                *count += usize::from(counts);
                value.serialize(&mut Packer::<Vec<u8>, NAMED> { sink })
            }
        }
    }

    fn close(self) -> Result<(), Error> {
        let Some((bytes, count)) = self.aside else { return Ok(()) };
        self.to.length(self.of, count)?;
        self.to.sink.put(&bytes);
        Ok(())
    }
}

impl<S: Sink, const NAMED: bool> ser::SerializeSeq for Several<'_, '_, S, NAMED> {
    type Ok = ();
    type Error = Error;
    fn serialize_element<T: ?Sized + Serialize>(&mut self, value: &T) -> Result<(), Error> {
        self.one(value, true)
    }
    fn end(self) -> Result<(), Error> {
        self.close()
    }
}

impl<S: Sink, const NAMED: bool> ser::SerializeMap for Several<'_, '_, S, NAMED> {
    type Ok = ();
    type Error = Error;
    fn serialize_key<T: ?Sized + Serialize>(&mut self, key: &T) -> Result<(), Error> {
        self.one(key, true)
    }
    fn serialize_value<T: ?Sized + Serialize>(&mut self, value: &T) -> Result<(), Error> {
        self.one(value, false)
    }
    fn end(self) -> Result<(), Error> {
        self.close()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    /// One of each shape that serde knows.
    #[derive(Debug, Clone, Serialize)]
    struct Each {
        flag: bool,
        small: i8,
        signed: i64,
        unsigned: u64,
        wide: u128,
        letter: char,
        text: String,
        #[serde(with = "serde_bytes")]
        bytes: Vec<u8>,
        maybe: Option<u16>,
        #[serde(skip_serializing_if = "Option::is_none")]
        left_out: Option<u32>,
        list: Vec<Shape>,
        map: BTreeMap<String, i32>,
        pair: (u8, String),
        #[serde(flatten)]
        flat: Flat,
        nothing: (),
    }

    #[derive(Debug, Clone, Serialize)]
    struct Flat {
        more: BTreeMap<String, u8>,
        last: u8,
    }

    #[derive(Debug, Clone, Serialize)]
    #[serde(rename_all = "snake_case")]
    enum Shape {
        Unit,
        One(u32),
        Two(i16, String),
        Named { number: i32, inside: Option<Box<Shape>> },
    }

    fn shape() -> impl Strategy<Value = Shape> {
        let leaf = prop_oneof![
            Just(Shape::Unit),
            any::<u32>().prop_map(Shape::One),
            (any::<i16>(), ".{0,40}").prop_map(|(n, text)| Shape::Two(n, text)),
        ];
        leaf.prop_recursive(3, 8, 2, |inside| {
            (any::<i32>(), proptest::option::of(inside))
                .prop_map(|(number, inside)| Shape::Named { number, inside: inside.map(Box::new) })
        })
    }

    /// Numbers near where the next form begins.
    fn number() -> impl Strategy<Value = i64> {
        (0u32..63, -2i64..=2, any::<bool>()).prop_map(|(bits, off, minus)| {
            let n = (1i64 << bits).saturating_add(off);
            if minus { n.saturating_neg() } else { n }
        })
    }

    fn each() -> impl Strategy<Value = Each> {
        let lengths = prop_oneof![0usize..40, 250usize..260, 65_530usize..65_540];
        let texts = (lengths, any::<char>(), proptest::collection::vec(any::<u8>(), 0..300));
        let numbers = (any::<bool>(), any::<i8>(), number(), number(), any::<u128>(), any::<Option<u16>>());
        let maps = (
            proptest::collection::btree_map(".{0,4}", any::<i32>(), 0..20),
            proptest::collection::btree_map(".{0,4}", any::<u8>(), 0..20),
        );
        (texts, numbers, proptest::collection::vec(shape(), 0..20), maps).prop_map(
            |(texts, numbers, list, maps)| {
                let ((length, letter, bytes), (flag, small, signed, unsigned, wide, maybe)) =
                    (texts, numbers);
                Each {
                    flag,
                    small,
                    signed,
                    unsigned: unsigned.unsigned_abs(),
                    wide,
                    letter,
                    text: "x".repeat(length),
                    bytes,
                    maybe,
                    left_out: maybe.map(u32::from),
                    list,
                    map: maps.0,
                    pair: (u8::from(flag), letter.to_string()),
                    flat: Flat { more: maps.1, last: 7 },
                    nothing: (),
                }
            },
        )
    }

    proptest! {
        #[test]
        fn it_writes_what_rmp_serde_writes(value in each()) {
            let (mut ours, mut theirs) = (Vec::new(), Vec::new());
            named(&mut ours, &value).expect("nothing refuses");
            rmp_serde::encode::write_named(&mut theirs, &value).expect("nothing refuses");
            prop_assert_eq!(&ours, &theirs);
            ours.clear();
            theirs.clear();
            unnamed(&mut ours, &value).expect("nothing refuses");
            rmp_serde::encode::write(&mut theirs, &value).expect("nothing refuses");
            prop_assert_eq!(&ours, &theirs);
        }
    }
}
