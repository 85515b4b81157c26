//! Contents that are small on the wire and huge when decoded: they pass as they are, and the copy is cut and says so.

use std::io::Write;

use bytes::Bytes;
use http::{Response, header};
use http_body_util::Full;

use crate::support::{Running, clear_server, read_head, soon};
use crate::ways::Way;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// What a bomb decodes to: more than the copy may have.
const DECODED_LEN: usize = 32 * 1024 * 1024;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn brotli(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    brotli::CompressorWriter::new(&mut out, 4096, 5, 22)
        .write_all(bytes)
        .unwrap();
    out
}

#[tokio::test]
async fn a_bomb_passes_and_its_copy_is_cut() {
    let zeros = vec![0; DECODED_LEN];
    for (coding, bomb) in [
        ("gzip", gzip(&zeros)),
        ("deflate", deflate(&zeros)),
        ("br", brotli(&zeros)),
        ("zstd", zstd::encode_all(&*zeros, 1).unwrap()),
        ("gzip, gzip", gzip(&gzip(&zeros))),
    ] {
        assert!(bomb.len() < DECODED_LEN / 100, "{coding}: {}", bomb.len());
        let bomb = Bytes::from(bomb);
        let sent = bomb.clone();
        let server = clear_server(move |_| {
            Response::builder()
                .header(header::CONTENT_ENCODING, coding)
                .body(Full::from(sent.clone()))
                .unwrap()
        })
        .await;
        let mut proxy = Running::start_with(|config| config.body_bytes_max = 100_000).await;
        for way in Way::BOTH {
            let mut client = way.to(server, &proxy).await;
            let request = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
            client.write_all(request).await.unwrap();
            let head = read_head(&mut client).await;
            let field = format!("content-encoding: {coding}\r\n");
            assert!(head.contains(&field), "{way:?}: {head}");
            let mut content = Vec::new();
            soon(client.read_to_end(&mut content)).await.unwrap();
            assert!(content == bomb, "{way:?}: {coding}");
        }
        let exchange = proxy.exchange().await;
        let body = &exchange.response.as_ref().unwrap().body;
        assert_eq!(body.size, u64::try_from(bomb.len()).unwrap());
        assert!(body.bytes.len() <= 100_000 && body.truncated, "{coding}");
        assert!(body.bytes.iter().all(|byte| *byte == 0), "{coding}");
    }
}
