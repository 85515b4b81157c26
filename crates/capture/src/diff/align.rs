//! Which message of one login stands for which of the other: those of the same meaning, in the same order.

use super::step::Step;

/// A message of one login, or one of each.
#[derive(Clone, Copy, Debug)]
pub(super) enum Aligned<'a> {
    /// Only the good login has it.
    Good(&'a Step),
    /// Only the bad login has it.
    Bad(&'a Step),
    /// Both have it.
    Both(&'a Step, &'a Step),
}

/// Aligns as many messages as can be (the longest common subsequence), the earlier ones where there is a choice.
pub(super) fn align<'a>(good: &'a [Step], bad: &'a [Step]) -> Vec<Aligned<'a>> {
    let common = common(good, bad);
    let (mut at, mut to) = (0, 0);
    let mut aligned = Vec::new();
    loop {
        let next = match (good.get(at), bad.get(to)) {
            (Some(left), Some(right)) if left.name == right.name => Aligned::Both(left, right),
            (Some(left), Some(_)) if common[at + 1][to] >= common[at][to + 1] => {
                Aligned::Good(left)
            }
            (_, Some(right)) => Aligned::Bad(right),
            (Some(left), None) => Aligned::Good(left),
            (None, None) => return aligned,
        };
        at += usize::from(!matches!(next, Aligned::Bad(_)));
        to += usize::from(!matches!(next, Aligned::Good(_)));
        aligned.push(next);
    }
}

/// How many messages the rests of both logins have in common, from each pair of places on.
fn common(good: &[Step], bad: &[Step]) -> Vec<Vec<usize>> {
    let mut common = vec![vec![0; bad.len() + 1]; good.len() + 1];
    for at in (0..good.len()).rev() {
        for to in (0..bad.len()).rev() {
            common[at][to] = if good[at].name == bad[to].name {
                common[at + 1][to + 1] + 1
            } else {
                common[at + 1][to].max(common[at][to + 1])
            };
        }
    }
    common
}
