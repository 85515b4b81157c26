//! Rows that want to stand where their moment is, moved apart so that none covers another.

use super::count;

/// The centres of rows, each as near to its wanted place as the others let it: neighbours are at least the sum of their
/// `halves` apart, the order is kept, and none is above `top`.
///
/// It is isotonic regression: rows that touch form a block, which stands where its members want to be on average.
pub(super) fn spread(rows: &[Row], top: f64) -> Vec<f64> {
    let mut offset = 0.0;
    let mut below = 0.0;
    let mut offsets = Vec::with_capacity(rows.len());
    let mut blocks: Vec<Block> = Vec::new();
    for (at, row) in rows.iter().enumerate() {
        offset += if at == 0 { 0.0 } else { below + row.above };
        below = row.below;
        offsets.push(offset);
        let mut block = Block {
            sum: row.wanted - offset,
            rows: 1,
        };
        while let Some(before) = blocks.pop_if(|before| before.mean() >= block.mean()) {
            block.sum += before.sum;
            block.rows += before.rows;
        }
        blocks.push(block);
    }
    let least = top + rows.first().map_or(0.0, |row| row.above);
    let places = blocks
        .iter()
        .flat_map(|block| std::iter::repeat_n(block.mean().max(least), block.rows));
    places
        .zip(offsets)
        .map(|(place, offset)| place + offset)
        .collect()
}

/// A row that has to be placed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    /// Where it wants to be.
    pub(super) wanted: f64,
    /// What it needs above its place.
    pub(super) above: f64,
    /// What it needs below its place.
    pub(super) below: f64,
}

struct Block {
    sum: f64,
    rows: usize,
}

impl Block {
    fn mean(&self) -> f64 {
        self.sum / count(self.rows)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn row(wanted: f64) -> Row {
        Row {
            wanted,
            above: 5.0,
            below: 5.0,
        }
    }

    #[test]
    fn rows_with_room_stay_where_they_want_to_be() {
        assert_eq!(
            format!("{:.1?}", spread(&[row(20.0), row(40.0)], 0.0)),
            "[20.0, 40.0]"
        );
    }

    #[test]
    fn rows_that_would_overlap_share_the_way() {
        assert_eq!(
            format!("{:.1?}", spread(&[row(50.0), row(50.0)], 0.0)),
            "[45.0, 55.0]"
        );
    }

    proptest! {
        #[test]
        fn no_two_rows_overlap_and_the_order_is_kept(
            mut wanted in prop::collection::vec(0.0..1000.0, 0..50),
            above in 1.0..30.0,
            below in 1.0..30.0,
        ) {
            wanted.sort_by(f64::total_cmp);
            let rows: Vec<_> = wanted.iter().map(|it| Row { wanted: *it, above, below }).collect();
            let places = spread(&rows, 12.0);
            prop_assert_eq!(places.len(), rows.len());
            prop_assert!(places.windows(2).all(|pair| pair[1] - pair[0] >= above + below - 1e-6));
            prop_assert!(places.first().is_none_or(|it| *it >= 12.0 + above - 1e-6));
        }
    }
}
