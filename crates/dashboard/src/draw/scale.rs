//! Time on paper: to scale, but for long gaps in which nothing happens, which are cut short and marked.

use std::time::Duration;

use super::{count, duration, label, middle, seconds};

/// From a gap on that is so many times the next shorter one, gaps are cut.
const JUMP: f64 = 8.0;

/// Gaps that are shorter are of one kind, in seconds.
const SHORTEST: f64 = 0.001;

/// All cut gaps together take up this part of the length at most.
const CUT_MAX: f64 = 0.5;

/// A scale: from seconds to places.
#[derive(Clone, Debug)]
pub(super) struct Scale {
    /// Ascending seconds, each with its place.
    stops: Vec<(f64, f64)>,
    cuts: Vec<Cut>,
    /// How long a second is where nothing is cut; `None` where no time passes.
    second: Option<f64>,
}

/// A gap that is cut short.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Cut {
    /// Its place.
    pub(super) from: f64,
    /// Where it ends.
    pub(super) until: f64,
    /// How long it really is.
    pub(super) lasts: Duration,
}

impl Scale {
    /// A scale on which these moments, in seconds, are between `from` and `until`; a cut gap has the length `cut`.
    pub(super) fn of(
        moments: impl IntoIterator<Item = f64>,
        from: f64,
        until: f64,
        cut: f64,
    ) -> Self {
        let mut moments: Vec<f64> = moments.into_iter().filter(|it| it.is_finite()).collect();
        moments.sort_by(f64::total_cmp);
        moments.dedup();
        let gaps: Vec<f64> = moments.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let longest = longest_kept(&gaps);
        let is_cut = |gap: f64| gap > longest;
        let cuts = count(gaps.iter().filter(|gap| is_cut(**gap)).count());
        let kept: f64 = gaps.iter().filter(|gap| !is_cut(**gap)).sum();
        let length = until - from;
        let cut = cut.min(length * CUT_MAX / cuts.max(1.0));
        let second = (kept > 0.0).then(|| (length - cut * cuts) / kept);
        let mut scale = Self {
            stops: moments.first().map(|at| (*at, from)).into_iter().collect(),
            cuts: Vec::new(),
            second,
        };
        for (gap, moment) in gaps.iter().zip(&moments[1.min(moments.len())..]) {
            scale.push(*gap, *moment, is_cut(*gap).then_some(cut));
        }
        scale
    }

    fn push(&mut self, gap: f64, moment: f64, cut: Option<f64>) {
        let from = self.stops.last().map_or(0.0, |(_, place)| *place);
        let until = from + cut.unwrap_or(gap * self.second.unwrap_or_default());
        self.stops.push((moment, until));
        if cut.is_some() {
            self.cuts.push(Cut {
                from,
                until,
                lasts: seconds(gap),
            });
        }
    }

    /// The place of a moment, which is that of the nearest end where it is beyond the scale.
    pub(super) fn place(&self, moment: f64) -> f64 {
        let after = self.stops.partition_point(|(at, _)| *at < moment);
        let stop = |at: usize| self.stops.get(at).copied();
        match (after.checked_sub(1).and_then(stop), stop(after)) {
            (Some((from, left)), Some((until, right))) => {
                left + (moment - from) / (until - from) * (right - left)
            }
            (Some((_, place)), None) | (None, Some((_, place))) => place,
            (None, None) => 0.0,
        }
    }

    /// The gaps that are cut short.
    pub(super) fn cuts(&self) -> &[Cut] {
        &self.cuts
    }

    /// The middles of the cut gaps and how long they are in words, where these do not run into each other nor over the ends.
    pub(super) fn named_cuts(&self, size: f64, from: f64, until: f64) -> Vec<(f64, String)> {
        let mut free = from;
        let mut named = Vec::new();
        for cut in &self.cuts {
            let (x, text) = (middle(cut.from, cut.until), duration(cut.lasts));
            let half = label::width(&text, label::Font::Plain, size) / 2.0;
            if x - half >= free && x + half <= until {
                free = x + half + 6.0;
                named.push((x, text));
            }
        }
        named
    }

    /// A round duration, and the length that it has where nothing is cut: at most `length`.
    pub(super) fn key(&self, length: f64) -> Option<(Duration, f64)> {
        let longest = length / self.second?;
        let power = 10_f64.powf(longest.log10().floor());
        let round = [5.0, 2.0, 1.0].map(|it| it * power);
        let round = round.into_iter().find(|it| *it <= longest)?;
        Some((seconds(round), round * self.second?))
    }
}

/// The longest gap that is drawn to scale. Longer ones are cut: those beyond a jump, as long as half of the gaps stay.
fn longest_kept(gaps: &[f64]) -> f64 {
    let mut sorted: Vec<f64> = gaps.iter().map(|gap| gap.max(SHORTEST)).collect();
    sorted.sort_by(f64::total_cmp);
    let half = sorted.len().div_ceil(2);
    let mut pairs = sorted.windows(2).enumerate();
    let jump = pairs.find(|(at, pair)| at + 1 >= half && pair[1] > JUMP * pair[0]);
    jump.map_or(f64::INFINITY, |(_, pair)| pair[0])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_long_gap_is_cut_and_the_rest_is_to_scale() {
        let scale = Scale::of([0.0, 0.1, 10.1, 10.2], 0.0, 220.0, 20.0);
        let places = [0.0, 0.1, 10.1, 10.2].map(|at| format!("{:.1}", scale.place(at)));
        assert_eq!(places, ["0.0", "100.0", "120.0", "220.0"]);
        assert_eq!(scale.cuts().len(), 1);
        assert_eq!(scale.cuts()[0].lasts, Duration::from_secs(10));
    }

    #[test]
    fn gaps_that_are_alike_are_not_cut() {
        let scale = Scale::of([0.0, 1.0, 3.0, 8.0], 0.0, 80.0, 20.0);
        assert!(scale.cuts().is_empty());
        assert!((scale.place(3.0) - 30.0).abs() < 1e-9);
    }

    #[test]
    fn the_key_is_round_and_no_longer_than_asked_for() {
        let scale = Scale::of([0.0, 3.0], 0.0, 300.0, 20.0);
        let (round, length) = scale.key(60.0).unwrap();
        assert_eq!(round, Duration::from_millis(500));
        assert!((length - 50.0).abs() < 1e-9);
    }

    #[test]
    fn nothing_and_one_moment_have_a_place() {
        assert!(Scale::of([], 5.0, 9.0, 1.0).place(3.0).abs() < 1e-9);
        assert!((Scale::of([7.0], 5.0, 9.0, 1.0).place(3.0) - 5.0).abs() < 1e-9);
    }

    proptest! {
        #[test]
        fn places_are_monotone_and_within_the_scale(mut moments in prop::collection::vec(0.0..1e7, 1..60)) {
            let scale = Scale::of(moments.clone(), 10.0, 500.0, 30.0);
            moments.sort_by(f64::total_cmp);
            let places: Vec<_> = moments.iter().map(|at| scale.place(*at)).collect();
            prop_assert!(places.is_sorted());
            prop_assert!(places.iter().all(|it| (10.0..=500.000_1).contains(it)));
        }
    }
}
