//! The style sheet, the script and the icon: files in the binary, each under a name that holds a hash of its content, so that
//! a browser may keep it for good.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};

use crate::fault::Fault;

/// Where the files are.
pub(crate) const DIRECTORY: &str = "/assets/";

pub(crate) static STYLE: LazyLock<Asset> = LazyLock::new(|| {
    let content = concat!(
        include_str!("../assets/dashboard.css"),
        include_str!("../assets/draw.css")
    );
    Asset::new("dashboard", "css", "text/css; charset=utf-8", content)
});

pub(crate) static SCRIPT: LazyLock<Asset> = LazyLock::new(|| {
    let content = include_str!("../assets/dashboard.js");
    Asset::new("dashboard", "js", "text/javascript; charset=utf-8", content)
});

pub(crate) static ICON: LazyLock<Asset> = LazyLock::new(|| {
    let content = include_str!("../assets/icon.svg");
    Asset::new("icon", "svg", "image/svg+xml", content)
});

/// A file of ours.
pub(crate) struct Asset {
    path: String,
    media_type: &'static str,
    content: &'static str,
}

impl Asset {
    fn new(name: &str, extension: &str, media_type: &'static str, content: &'static str) -> Self {
        let hash = blake3::hash(content.as_bytes()).to_hex();
        Self {
            path: format!("{DIRECTORY}{name}-{}.{extension}", &hash[..16]),
            media_type,
            content,
        }
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }
}

/// Answers with a file.
pub(crate) async fn serve(Path(name): Path<String>) -> Result<Response, Fault> {
    let asked = |asset: &&Asset| asset.path.strip_prefix(DIRECTORY) == Some(name.as_str());
    let asset = [&*STYLE, &*SCRIPT, &*ICON].into_iter().find(asked);
    let asset = asset.ok_or(Fault::NoPage)?;
    let headers = [
        (CONTENT_TYPE, asset.media_type),
        (CACHE_CONTROL, "private, max-age=31536000, immutable"),
    ];
    Ok((headers, asset.content).into_response())
}
