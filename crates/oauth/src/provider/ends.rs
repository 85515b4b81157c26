//! Which providers may have an endpoint at a path, by the last segment of the path alone.
//!
//! Every request that goes by is asked for, and nearly none is for an endpoint: comparing its URL with all that is known of all
//! products would cost more than the rest that is done for it.

use std::collections::HashMap;

use super::pattern::{Lowered, Pattern};

/// The ends of the paths of all endpoints.
#[derive(Clone, Debug, Default)]
pub(super) struct Ends {
    /// By last segment, in lower case: places in the list of the providers.
    by_segment: HashMap<String, Vec<usize>>,
    /// The paths whose last segment is not fixed, with the places of their providers.
    open: Vec<(Pattern, usize)>,
}

impl Ends {
    /// Takes the paths of the endpoints of each provider.
    pub(super) fn of<'a, P>(providers: impl Iterator<Item = P>) -> Self
    where
        P: Iterator<Item = &'a str>,
    {
        let mut ends = Self::default();
        for (at, paths) in providers.enumerate() {
            for path in paths {
                ends.add(path, at);
            }
        }
        ends
    }

    fn add(&mut self, path: &str, provider: usize) {
        let segment = last_segment(path).to_lowercase();
        if segment.contains('*') {
            self.open.push((Pattern::new(path), provider));
            return;
        }
        let places = self.by_segment.entry(segment).or_default();
        if places.last() != Some(&provider) {
            places.push(provider);
        }
    }

    /// Whether a provider may have an endpoint here.
    pub(super) fn any(&self, path: &Lowered) -> bool {
        let segment = last_segment(path.as_str());
        self.by_segment.contains_key(segment)
            || self.open.iter().any(|(open, _)| open.is_whole(path))
    }

    /// The places of the providers that may have an endpoint here, in the order of the list.
    pub(super) fn candidates(&self, path: &Lowered) -> Vec<usize> {
        let open = self.open.iter().filter(|(open, _)| open.is_whole(path));
        let mut places: Vec<_> = open.map(|(_, provider)| *provider).collect();
        let by_segment = self.by_segment.get(last_segment(path.as_str()));
        places.extend(by_segment.into_iter().flatten());
        places.sort_unstable();
        places.dedup();
        places
    }
}

fn last_segment(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_is_a_candidate_where_its_last_segment_is() {
        let paths = [
            vec!["/oauth/Token", "/login/*"],
            vec!["*/oauth/token"],
            vec!["/x/authorize", "/y/authorize"],
        ];
        let ends = Ends::of(paths.iter().map(|of| of.iter().copied()));
        let candidates = |path: &str| ends.candidates(&Lowered::new(path));
        assert_eq!(candidates("/a/TOKEN"), [0, 1]);
        assert_eq!(candidates("/authorize"), [2]);
        assert_eq!(candidates("/Login/token"), [0, 1]);
        assert_eq!(candidates("/login/1"), [0]);
        assert_eq!(candidates("/users/1"), [0; 0]);
        for path in ["/a/TOKEN", "/authorize", "/login/1", "/users/1"] {
            let any = ends.any(&Lowered::new(path));
            assert_eq!(any, !candidates(path).is_empty(), "{path}");
        }
    }
}
