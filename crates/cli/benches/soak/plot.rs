//! The picture of a run: memory, open files and threads over time, one below the other.

use std::fmt::Write as _;

use crate::sample::{Sample, mebibytes};

const WIDTH: u64 = 720;
const PANEL_HEIGHT: u64 = 120;
const LEFT: u64 = 70;
const GAP: u64 = 34;

/// An SVG that is read on light and dark pages.
pub(crate) fn picture(samples: &[Sample]) -> String {
    let height = 3 * (PANEL_HEIGHT + GAP) + 20;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <title>Memory, open files and threads of grantscope under mixed load</title>\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n"
    );
    panel(
        &mut svg,
        0,
        "memory, MiB",
        samples,
        |it| it.memory,
        mebibytes,
    );
    panel(
        &mut svg,
        1,
        "open files",
        samples,
        |it| it.files,
        |it| it.to_string(),
    );
    panel(
        &mut svg,
        2,
        "threads",
        samples,
        |it| it.threads,
        |it| it.to_string(),
    );
    let minutes = samples
        .last()
        .map_or(0.0, |last| last.after.as_secs_f64() / 60.0);
    text(&mut svg, LEFT, height - 8, "start", "0 min");
    text(
        &mut svg,
        WIDTH - 10,
        height - 8,
        "end",
        &format!("{minutes:.0} min"),
    );
    svg.push_str("</svg>\n");
    svg
}

fn panel(
    svg: &mut String,
    number: u64,
    name: &str,
    samples: &[Sample],
    of: fn(&Sample) -> u64,
    label: fn(u64) -> String,
) {
    let top = number * (PANEL_HEIGHT + GAP) + GAP;
    let bottom = top + PANEL_HEIGHT;
    let highest = samples.iter().map(of).max().unwrap_or(1).max(1);
    // The scale begins at 0, so that what is flat looks flat.
    let scale = highest + highest / 10 + 1;
    text(svg, LEFT, top - 8, "start", name);
    text(svg, LEFT - 8, top + 12, "end", &label(scale));
    text(svg, LEFT - 8, bottom, "end", "0");
    let right = WIDTH - 10;
    let frame =
        format!("<path d=\"M{LEFT} {top}V{bottom}H{right}\" fill=\"none\" stroke=\"#888888\"/>\n");
    svg.push_str(&frame);
    let last = (samples.len() as u64).saturating_sub(1).max(1);
    let points = (0..).zip(samples).map(|(at, sample): (u64, _)| {
        let x = LEFT + at * (right - LEFT) / last;
        let y = bottom - of(sample) * PANEL_HEIGHT / scale;
        format!("{x},{y}")
    });
    let points: Vec<_> = points.collect();
    let line = format!(
        "<polyline points=\"{}\" fill=\"none\" stroke=\"#0b62a8\" stroke-width=\"1.5\"/>\n",
        points.join(" ")
    );
    svg.push_str(&line);
}

fn text(svg: &mut String, x: u64, y: u64, anchor: &str, text: &str) {
    // Writing to a string does not fail.
    let _written = writeln!(
        svg,
        "<text x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\" fill=\"#333333\">{text}</text>"
    );
}
