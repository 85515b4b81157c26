//! The objects of HAR 1.2, under the names that the specification gives them.
//!
//! What is written has every field that the specification requires. What is read may lack any of them, have `null` or
//! another type in its place, and carry fields that are not known here: a field that cannot be read has its default.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// `log`, without its entries, which are written one by one.
#[derive(Clone, Debug, Serialize)]
pub struct Log {
    /// `1.2`.
    pub version: &'static str,
    /// What wrote the file.
    pub creator: Creator,
}

/// `creator`: the application that wrote the file.
#[derive(Clone, Debug, Serialize)]
pub struct Creator {
    /// Its name.
    pub name: &'static str,
    /// Its version.
    pub version: String,
}

/// `entries`: one request and its response.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Entry {
    /// When the request was begun (ISO 8601).
    #[serde(deserialize_with = "text")]
    pub started_date_time: String,
    /// The sum of the timings, in milliseconds.
    #[serde(deserialize_with = "lenient")]
    pub time: f64,
    /// What was asked.
    #[serde(deserialize_with = "lenient")]
    pub request: Request,
    /// What was answered; status 0 where nothing was.
    #[serde(deserialize_with = "lenient")]
    pub response: Response,
    /// What the cache knew.
    #[serde(skip_deserializing)]
    pub cache: Cache,
    /// How long each phase took.
    #[serde(deserialize_with = "lenient")]
    pub timings: Timings,
    /// The address of the server.
    #[serde(
        rename = "serverIPAddress",
        deserialize_with = "text",
        skip_serializing_if = "String::is_empty"
    )]
    pub server_ip_address: String,
    /// What HAR has no field for.
    #[serde(
        rename = "_grantscope",
        deserialize_with = "lenient",
        skip_serializing_if = "Option::is_none"
    )]
    pub grantscope: Option<EntryExtra>,
}

/// `_grantscope` of an entry.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct EntryExtra {
    /// The number of the exchange in its capture.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub id: Option<u64>,
    /// The address and port of the client.
    #[serde(deserialize_with = "text", skip_serializing_if = "String::is_empty")]
    pub client: String,
    /// The address and port of the server.
    #[serde(deserialize_with = "text", skip_serializing_if = "String::is_empty")]
    pub server: String,
}

/// `request`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Request {
    /// The method.
    #[serde(deserialize_with = "text")]
    pub method: String,
    /// The absolute URL.
    #[serde(deserialize_with = "text")]
    pub url: String,
    /// The HTTP version.
    #[serde(deserialize_with = "text")]
    pub http_version: String,
    /// The cookies, which are also in the headers.
    #[serde(skip_deserializing)]
    pub cookies: Vec<Cookie>,
    /// The header fields.
    #[serde(deserialize_with = "pairs")]
    pub headers: Vec<NameValue>,
    /// The parameters of the query, which is also in the URL.
    #[serde(skip_deserializing)]
    pub query_string: Vec<NameValue>,
    /// The content.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub post_data: Option<PostData>,
    /// The length of the header section in bytes; -1 where it is not known.
    #[serde(deserialize_with = "size")]
    pub headers_size: i64,
    /// The length of the content on the wire in bytes; -1 where it is not known.
    #[serde(deserialize_with = "size")]
    pub body_size: i64,
}

/// `response`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Response {
    /// The status code; 0 where there was no response.
    #[serde(deserialize_with = "number")]
    pub status: i64,
    /// The reason phrase.
    #[serde(skip_deserializing)]
    pub status_text: String,
    /// The HTTP version.
    #[serde(deserialize_with = "text")]
    pub http_version: String,
    /// The cookies that were set, which are also in the headers.
    #[serde(skip_deserializing)]
    pub cookies: Vec<Cookie>,
    /// The header fields.
    #[serde(deserialize_with = "pairs")]
    pub headers: Vec<NameValue>,
    /// The content.
    #[serde(deserialize_with = "lenient")]
    pub content: Content,
    /// `Location`.
    #[serde(rename = "redirectURL", deserialize_with = "text")]
    pub redirect_url: String,
    /// The length of the header section in bytes; -1 where it is not known.
    #[serde(deserialize_with = "size")]
    pub headers_size: i64,
    /// The length of the content on the wire in bytes; -1 where it is not known.
    #[serde(deserialize_with = "size")]
    pub body_size: i64,
}

/// `cookies`. Only written: what is read comes from the headers.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Cookie {
    /// The name.
    pub name: String,
    /// The value.
    pub value: String,
}

/// A name and its value: a header field or a parameter of the query.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NameValue {
    /// The name.
    #[serde(deserialize_with = "text")]
    pub name: String,
    /// The value.
    #[serde(deserialize_with = "text")]
    pub value: String,
}

/// `postData`: the content of a request.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PostData {
    /// The media type.
    #[serde(deserialize_with = "text")]
    pub mime_type: String,
    /// The parameters of a form.
    #[serde(deserialize_with = "items")]
    pub params: Vec<Param>,
    /// The content as text.
    #[serde(deserialize_with = "text")]
    pub text: String,
    /// `base64` where the text is so encoded. Not of HAR 1.2, which has no binary requests.
    #[serde(
        rename = "_encoding",
        alias = "encoding",
        deserialize_with = "text",
        skip_serializing_if = "String::is_empty"
    )]
    pub encoding: String,
    /// The file that holds the content where it is not in the HAR, as Playwright writes it on request. Only read.
    #[serde(rename = "_file", deserialize_with = "text", skip_serializing)]
    pub file: String,
    /// What HAR has no field for.
    #[serde(
        rename = "_grantscope",
        deserialize_with = "lenient",
        skip_serializing_if = "Option::is_none"
    )]
    pub grantscope: Option<BodyExtra>,
}

/// `params`: a parameter of a form.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Param {
    /// The name.
    #[serde(deserialize_with = "text")]
    pub name: String,
    /// The value.
    #[serde(deserialize_with = "text")]
    pub value: String,
}

/// `content`: the content of a response.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Content {
    /// The length in bytes with the content coding undone.
    #[serde(deserialize_with = "size")]
    pub size: i64,
    /// The media type.
    #[serde(deserialize_with = "text")]
    pub mime_type: String,
    /// The content as text.
    #[serde(deserialize_with = "text", skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// `base64` where the text is so encoded.
    #[serde(deserialize_with = "text", skip_serializing_if = "String::is_empty")]
    pub encoding: String,
    /// What HAR has no field for.
    #[serde(
        rename = "_grantscope",
        deserialize_with = "lenient",
        skip_serializing_if = "Option::is_none"
    )]
    pub grantscope: Option<BodyExtra>,
}

/// `_grantscope` of a content.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BodyExtra {
    /// Whether the end of the content is missing.
    #[serde(deserialize_with = "lenient")]
    pub truncated: bool,
    /// The content coding that the content still has.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub coding: Option<String>,
}

/// `cache`: nothing is known of it.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Cache {}

/// `timings`, in milliseconds; -1 where a phase did not occur or was not measured.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct Timings {
    /// Waiting for a connection.
    #[serde(deserialize_with = "milliseconds")]
    pub blocked: f64,
    /// Resolving the host name.
    #[serde(deserialize_with = "milliseconds")]
    pub dns: f64,
    /// Opening the connection, the TLS handshake included.
    #[serde(deserialize_with = "milliseconds")]
    pub connect: f64,
    /// The TLS handshake.
    #[serde(deserialize_with = "milliseconds")]
    pub ssl: f64,
    /// Sending the request.
    #[serde(deserialize_with = "milliseconds")]
    pub send: f64,
    /// Waiting for the response.
    #[serde(deserialize_with = "milliseconds")]
    pub wait: f64,
    /// Reading the response.
    #[serde(deserialize_with = "milliseconds")]
    pub receive: f64,
}

impl Default for Timings {
    fn default() -> Self {
        Self {
            blocked: -1.0,
            dns: -1.0,
            connect: -1.0,
            ssl: -1.0,
            send: -1.0,
            wait: -1.0,
            receive: -1.0,
        }
    }
}

/// Any value of the right type; the default for every other.
fn lenient<'de, D: Deserializer<'de>, T: DeserializeOwned + Default>(
    from: D,
) -> Result<T, D::Error> {
    let value = Value::deserialize(from)?;
    Ok(serde_json::from_value(value).unwrap_or_default())
}

fn text<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    Ok(match Value::deserialize(from)? {
        Value::String(text) => text,
        Value::Number(number) => number.to_string(),
        Value::Bool(truth) => truth.to_string(),
        Value::Null | Value::Array(_) | Value::Object(_) => String::new(),
    })
}

fn number<'de, D: Deserializer<'de>>(from: D) -> Result<i64, D::Error> {
    Ok(read_number(&Value::deserialize(from)?).map_or(0, whole))
}

fn size<'de, D: Deserializer<'de>>(from: D) -> Result<i64, D::Error> {
    Ok(read_number(&Value::deserialize(from)?).map_or(-1, whole))
}

fn milliseconds<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    Ok(read_number(&Value::deserialize(from)?).unwrap_or(-1.0))
}

/// A number, or a text that spells one.
fn read_number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "sizes and status codes are far below 2^53, and the cast saturates"
)]
fn whole(number: f64) -> i64 {
    number as i64
}

/// A list, without the items that are not of its type.
fn items<'de, D: Deserializer<'de>, T: DeserializeOwned>(from: D) -> Result<Vec<T>, D::Error> {
    let Value::Array(values) = Value::deserialize(from)? else {
        return Ok(Vec::new());
    };
    let read = |value| serde_json::from_value(value).ok();
    Ok(values.into_iter().filter_map(read).collect())
}

/// Names and values: a list of pairs, or the object that some tools write in its place.
fn pairs<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<NameValue>, D::Error> {
    let pair = |(name, value)| NameValue {
        name,
        value: spelled(value),
    };
    Ok(match Value::deserialize(from)? {
        Value::Object(fields) => fields.into_iter().map(pair).collect(),
        list => items(list).unwrap_or_default(),
    })
}

fn spelled(value: Value) -> String {
    match value {
        Value::String(text) => text,
        Value::Null => String::new(),
        other => other.to_string(),
    }
}
