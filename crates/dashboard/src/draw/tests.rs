//! What holds for every drawing: nothing beyond its edge, no text over another, and no style that a strict policy refuses.

mod hostile;

use std::sync::Arc;

use grantscope_capture::export::Traffic;
use grantscope_capture::grant::Followed;
use grantscope_capture::redact::Redactor;
use grantscope_oauth::{
    Exchange, FingerprintKey, Providers, Reader, RequestMessage, ResponseMessage,
};
use grantscope_rules::Cause;
use grantscope_testkit::scenarios;
use maud::Markup;

use super::*;
use crate::links::Links;

const KEY: FingerprintKey = FingerprintKey::new([42; 32]);

/// The grants that token requests present or bring, followed.
pub(super) fn followed(exchanges: &[Exchange]) -> Vec<Followed> {
    let providers = Arc::new(Providers::embedded());
    let reader = Reader::new(KEY, Arc::clone(&providers));
    let mut names = Vec::new();
    for exchange in exchanges {
        let reading = reader.read(exchange);
        if let RequestMessage::Token(request) = &reading.request {
            let grant = &request.grant;
            names.extend(grant.secret().map(|it| it.named(grant.secret_kind())));
        }
        if let Some(ResponseMessage::Token(tokens)) = &reading.response {
            names.extend(tokens.refresh_token.as_ref().map(|it| it.named("refresh")));
        }
    }
    names.sort();
    names.dedup();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    follow(exchanges, &names)
}

/// The grants of these names.
pub(super) fn follow(exchanges: &[Exchange], names: &[&str]) -> Vec<Followed> {
    let providers = Arc::new(Providers::embedded());
    let redactor = Redactor::new(KEY);
    let redacted = exchanges.iter().map(|it| redactor.redact(it));
    let traffic = Traffic::read(redacted, &Reader::new(KEY, Arc::clone(&providers)));
    let followed = |name: &&str| Followed::of(&traffic, name, &providers);
    names.iter().filter_map(followed).collect()
}

/// The exchanges of a scenario, in the notation of the cause pages.
pub(super) fn exchanges(http: &str) -> Vec<Exchange> {
    let page =
        format!("# x\n\n## Scenarios\n\n### x\n\n```http\n{http}\n```\n```verdicts\nnone\n```\n");
    scenarios("x", &page).unwrap().remove(0).exchanges
}

/// All drawings of some traffic.
pub(super) fn drawings(exchanges: &[Exchange]) -> Vec<String> {
    let rows: Vec<_> = exchanges
        .iter()
        .map(|exchange| waterfall::Row {
            exchange: exchange.id,
            label: exchange.request.url.path().to_owned(),
            started_at: exchange.started_at,
            timings: exchange.timings,
        })
        .collect();
    let of_exchange = exchanges
        .iter()
        .map(|it| waterfall::of_exchange(&it.timings, "t"));
    let of_grants = followed(exchanges).into_iter().flat_map(|it| of_grant(&it));
    let all =
        of_exchange
            .chain(of_grants)
            .chain([waterfall::of_grant(&Links::default(), &rows, "w")]);
    all.map(Markup::into_string).collect()
}

fn of_grant(followed: &Followed) -> Vec<Markup> {
    let links = Links::default();
    let lives = followed.lives.iter().map(|it| life::draw(&links, it, "l"));
    let family = followed
        .family
        .iter()
        .map(|it| family::draw(&links, it, "f"));
    let sequence = [sequence::draw(&links, &followed.sequence, "s")];
    sequence.into_iter().chain(lives).chain(family).collect()
}

/// A text as it stands in a drawing.
#[derive(Debug)]
pub(super) struct Extent {
    pub(super) text: String,
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
}

impl Extent {
    fn overlaps(&self, other: &Self) -> bool {
        self.left < other.right - 0.5
            && other.left < self.right - 0.5
            && self.top < other.bottom - 0.5
            && other.top < self.bottom - 0.5
    }
}

/// The drawings of some markup, each with its width and height.
pub(super) fn sheets(markup: &str) -> Vec<(f64, f64, &str)> {
    let each = markup.split("<svg class=\"drawing").skip(1);
    each.map(|svg| {
        let svg = svg.split("</svg>").next().unwrap();
        let (width, height) = (number(svg, " width=\""), number(svg, " height=\""));
        (width, height, svg)
    })
    .collect()
}

fn number(tag: &str, attribute: &str) -> f64 {
    value(tag, attribute).parse().unwrap()
}

fn value<'a>(tag: &'a str, attribute: &str) -> &'a str {
    let (_, rest) = tag
        .split_once(attribute)
        .unwrap_or_else(|| panic!("no{attribute} in {tag}"));
    rest.split('"').next().unwrap()
}

/// The texts of one drawing.
pub(super) fn texts(svg: &str) -> Vec<Extent> {
    let each = svg.split("<text ").skip(1);
    each.map(|text| {
        let (tag, rest) = text.split_once('>').unwrap();
        let content = rest.split("</text>").next().unwrap();
        let content = content
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&quot;", "\"");
        let content = content.replace("&amp;", "&");
        let tag = format!(" {tag}");
        let (x, y, size) = (
            number(&tag, " x=\""),
            number(&tag, " y=\""),
            number(&tag, "font-size=\""),
        );
        let font = words::font(value(&tag, "class=\""));
        let width = label::width(&content, font, size);
        let left = match value(&tag, "text-anchor=\"") {
            "start" => x,
            "middle" => x - width / 2.0,
            _ => x - width,
        };
        Extent {
            text: content,
            left,
            right: left + width,
            top: y - size * 0.75,
            bottom: y + size * 0.2,
        }
    })
    .collect()
}

/// What must hold for whatever is drawn.
pub(super) fn assert_sound(markup: &str) {
    assert!(!markup.contains(" style="), "a style in an attribute");
    for (width, height, svg) in sheets(markup) {
        let texts = texts(svg);
        for (at, text) in texts.iter().enumerate() {
            let is_inside = text.left >= -0.5
                && text.right <= width + 0.5
                && text.top >= -0.5
                && text.bottom <= height + 0.5;
            assert!(is_inside, "{text:?} is beyond {width} x {height}");
            let over = texts[..at].iter().find(|it| it.overlaps(text));
            assert!(
                over.is_none(),
                "{text:?} over {over:?} in {width} x {height}"
            );
        }
        for place in ["x", "x1", "x2", "cx"] {
            for tag in svg
                .split('<')
                .filter(|tag| tag.contains(&format!(" {place}=\"")))
            {
                let at = number(tag, &format!(" {place}=\""));
                assert!(
                    (-0.5..=width + 0.5).contains(&at),
                    "{tag} is beyond {width}"
                );
            }
        }
    }
}

#[test]
fn every_scenario_of_every_cause_is_drawn_within_its_edges_and_legibly() {
    let mut drawn = 0;
    for cause in Cause::ALL {
        for scenario in scenarios(cause.id(), cause.page().markdown()).unwrap() {
            for markup in drawings(&scenario.exchanges) {
                assert_sound(&markup);
                drawn += 1;
            }
        }
    }
    assert!(drawn > 500, "{drawn}");
}

#[test]
fn a_duration_is_written_in_the_units_that_matter() {
    let of = |micros| duration(Duration::from_micros(micros));
    assert_eq!(of(400), "0.4 ms");
    assert_eq!(of(85_000), "85 ms");
    assert_eq!(of(2_514_000), "2.51 s");
    assert_eq!(of(200_000_000), "3 min 20 s");
    assert_eq!(of(7_200_000_000), "2 h");
    assert_eq!(of(612_000_000_000), "7 d 2 h");
}

#[test]
fn a_moment_is_written_to_the_millisecond() {
    let of = |millis| clock(Duration::from_millis(millis));
    assert_eq!(of(85), "+0.085 s");
    assert_eq!(of(120_100), "+2:00.100");
    assert_eq!(of(3_600_040), "+1:00:00.040");
    assert_eq!(of(612_000_000), "+7 d 02:00:00");
}

#[test]
fn a_drawing_tells_a_screen_reader_what_it_shows() {
    let told = Told {
        id: "x",
        title: "A title",
        description: "What is seen.",
        is_linked: false,
    };
    let drawn = drawing(&told, Paper::Wide, 10.0, &html! {}).into_string();
    let start = "<svg class=\"drawing wide\" role=\"img\" viewBox=\"0 0 920 10\"";
    assert!(drawn.starts_with(start), "{drawn}");
    for told in [
        "aria-labelledby=\"x-w-t\"",
        "<title id=\"x-w-t\">A title</title>",
        "<desc id=\"x-w-d\">What is seen.</desc>",
    ] {
        assert!(drawn.contains(told), "{told} is not in {drawn}");
    }
}
