//! A stream that is not read again before it says that there is something to read.
//!
//! Whoever speaks HTTP reads each time that it is polled, also where it is polled to write. Within TLS that takes a tenth of
//! what a request takes, and finds nothing.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use futures_util::task::AtomicWaker;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::delegate::delegate;

/// A stream that is read when it has something to read.
#[derive(Debug)]
pub(crate) struct Patient<T> {
    stream: T,
    call: Arc<Call>,
    waker: Waker,
}

/// What the stream calls when there is something to read.
#[derive(Debug)]
struct Call {
    has_come: AtomicBool,
    reader: AtomicWaker,
}

impl<T> Patient<T> {
    pub(crate) fn new(stream: T) -> Self {
        let call = Arc::new(Call {
            has_come: AtomicBool::new(true),
            reader: AtomicWaker::new(),
        });
        Self {
            stream,
            waker: Waker::from(Arc::clone(&call)),
            call,
        }
    }
}

impl Wake for Call {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.has_come.store(true, Ordering::SeqCst);
        self.reader.wake();
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Patient<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        this.call.reader.register(cx.waker());
        if !this.call.has_come.swap(false, Ordering::SeqCst) {
            return Poll::Pending;
        }
        let mut cx = Context::from_waker(&this.waker);
        let polled = Pin::new(&mut this.stream).poll_read(&mut cx, buf);
        if polled.is_ready() {
            // There may be more.
            this.call.has_come.store(true, Ordering::SeqCst);
        }
        polled
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Patient<T> {
    delegate!(stream: write, flush, shutdown);
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    /// Counts how often it is read.
    struct Counted<T>(T, usize);

    impl<T: AsyncRead + Unpin> AsyncRead for Counted<T> {
        fn poll_read(
            mut self: Pin<&mut Self>,
            cx: &mut Context<'_>,
            buf: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            self.1 += 1;
            Pin::new(&mut self.0).poll_read(cx, buf)
        }
    }

    #[tokio::test]
    async fn a_stream_with_nothing_to_read_is_read_once_until_it_has() {
        let (mut sender, receiver) = tokio::io::duplex(64);
        let mut stream = Patient::new(Counted(receiver, 0));
        for _ in 0..3 {
            let mut piece = [0; 8];
            let polled = poll_fn(|cx| {
                let mut buf = ReadBuf::new(&mut piece);
                Poll::Ready(Pin::new(&mut stream).poll_read(cx, &mut buf))
            });
            assert!(polled.await.is_pending());
        }
        assert_eq!(stream.stream.1, 1);
        let reading = tokio::spawn(async move {
            let mut text = String::new();
            stream.read_to_string(&mut text).await.map(|_| text)
        });
        sender.write_all(b"hello, ").await.unwrap();
        sender.write_all(b"world").await.unwrap();
        drop(sender);
        assert_eq!(reading.await.unwrap().unwrap(), "hello, world");
    }
}
