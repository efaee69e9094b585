//! Values by account and line, or whatever else is numbered twice from 0: found without a search and walked through in order.
//!
//! Each row knows where its pages are, each page has the values of sixteen columns that lie side by side. What nobody has asked for
//! takes no memory beyond its row's list of pages.

/// Columns of a page: with eight bytes each, two lines of a processor's cache.
const WIDTH: usize = 16;

/// A value for every row and column, the default where none was put in.
#[derive(Debug, Clone)]
pub(crate) struct Table<T> {
    /// By row, then by page of columns: which of `pages`; the first one where there is none.
    rows: Vec<Vec<u32>>,
    /// The first is never written to.
    pages: Vec<[T; WIDTH]>,
}

impl<T: Copy + Default> Default for Table<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), pages: vec![[T::default(); WIDTH]] }
    }
}

/// Page and place in it.
fn place(column: u32) -> (usize, usize) {
    (column as usize / WIDTH, column as usize % WIDTH)
}

impl<T: Copy + Default> Table<T> {
    /// What is there.
    pub(crate) fn get(&self, row: u32, column: u32) -> T {
        let (page, place) = place(column);
        let of = self.rows.get(row as usize).and_then(|pages| pages.get(page));
        of.map_or_else(T::default, |page| self.pages[*page as usize][place])
    }

    /// The same, to be changed.
    pub(crate) fn at(&mut self, row: u32, column: u32) -> &mut T {
        let (page, place) = place(column);
        if self.rows.len() <= row as usize {
            self.rows.resize_with(row as usize + 1, Vec::new);
        }
        let pages = &mut self.rows[row as usize];
        if pages.len() <= page {
            pages.resize(page + 1, 0);
        }
        if pages[page] == 0 {
            pages[page] = u32::try_from(self.pages.len()).expect("fewer than four billion pages");
            self.pages.push([T::default(); WIDTH]);
        }
        &mut self.pages[pages[page] as usize][place]
    }

    /// A row, in the order of columns: the default among it.
    pub(crate) fn row(&self, row: u32) -> impl Iterator<Item = (u32, T)> + '_ {
        let pages = self.rows.get(row as usize).map_or(&[][..], Vec::as_slice);
        let there = (0u32..).step_by(WIDTH).zip(pages).filter(|(_, page)| **page != 0);
        there.flat_map(|(first, page)| (first..).zip(self.pages[*page as usize]))
    }

    /// All, in the order of rows and columns: the default among it.
    pub(crate) fn iter(&self) -> impl Iterator<Item = ((u32, u32), T)> + '_ {
        let rows = (0u32..).zip(&self.rows).map(|(row, _)| row);
        rows.flat_map(|row| self.row(row).map(move |(column, value)| ((row, column), value)))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::seed::Draws;

    #[test]
    fn it_is_an_ordered_map_with_defaults() {
        let (mut table, mut map) = (Table::default(), BTreeMap::new());
        assert_eq!((table.get(7, 900), table.iter().count(), table.row(3).count()), (0, 0, 0));
        let draws = Draws::new(1);
        for n in 0..3_000 {
            let number = |what, most| u32::try_from(draws.between(what, n, 0, most)).expect("small");
            let (row, column) = (number("row", 40), number("column", 500));
            *table.at(row, column) += i64::from(number("value", 9));
            *map.entry((row, column)).or_insert(0) += i64::from(number("value", 9));
            assert_eq!(table.get(row, column), map[&(row, column)]);
        }
        map.retain(|_, value| *value != 0);
        assert!(table.iter().filter(|(_, value)| *value != 0).eq(map.iter().map(|(k, v)| (*k, *v))));
        let third = map.range((3, 0)..(4, 0)).map(|((_, column), value)| (*column, *value));
        assert!(table.row(3).filter(|(_, value)| *value != 0).eq(third));
        assert_eq!((table.get(41, 0), table.get(0, 1_000)), (0, 0));
    }
}
