//! A relay that records what passes, and writes it as the packets that a capture of its connections would hold.
//!
//! So a packet capture needs no privilege. The format is that of libpcap, with raw IPv4 packets in it.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, SocketAddrV4, TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

/// A relay for one connection.
pub(crate) struct Relay {
    pub(crate) address: SocketAddrV4,
    relayed: JoinHandle<Recorded>,
}

/// A connection that was recorded.
pub(crate) struct Recorded {
    client: SocketAddrV4,
    server: SocketAddrV4,
    pieces: Vec<(Sender, Vec<u8>)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sender {
    Client,
    Server,
}

impl Relay {
    /// Listens for one connection, which it passes on.
    pub(crate) fn start(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = v4(listener.local_addr().unwrap());
        let relayed = thread::spawn(move || {
            let (client, from) = listener.accept().unwrap();
            let server = TcpStream::connect(target).unwrap();
            let pieces = Arc::new(Mutex::new(Vec::new()));
            let there = copy(Sender::Client, &client, &server, &pieces);
            let back = copy(Sender::Server, &server, &client, &pieces);
            there.join().unwrap();
            back.join().unwrap();
            Recorded {
                client: v4(from),
                server: address,
                pieces: std::mem::take(&mut *pieces.lock().unwrap()),
            }
        });
        Self { address, relayed }
    }

    /// What passed, once both ends have closed.
    pub(crate) fn recorded(self) -> Recorded {
        self.relayed.join().unwrap()
    }
}

fn v4(address: SocketAddr) -> SocketAddrV4 {
    let SocketAddr::V4(address) = address else {
        panic!("the tests use 127.0.0.1 alone");
    };
    address
}

type Pieces = Arc<Mutex<Vec<(Sender, Vec<u8>)>>>;

fn copy(sender: Sender, from: &TcpStream, to: &TcpStream, pieces: &Pieces) -> JoinHandle<()> {
    let mut from = from.try_clone().unwrap();
    let mut to = to.try_clone().unwrap();
    let pieces = Arc::clone(pieces);
    thread::spawn(move || {
        let mut buffer = [0; SEGMENT_BYTES_MAX];
        // A connection that is reset has ended as well.
        while let Ok(length @ 1..) = from.read(&mut buffer) {
            let piece = buffer[..length].to_vec();
            // It is recorded before it is passed on, so that no answer comes before its question.
            pieces.lock().unwrap().push((sender, piece));
            if to.write_all(&buffer[..length]).is_err() {
                break;
            }
        }
        to.shutdown(Shutdown::Write).ok();
    })
}

/// What fits into a frame of Ethernet.
const SEGMENT_BYTES_MAX: usize = 1400;

const FIN: u8 = 0x01;
const SYN: u8 = 0x02;
const PSH: u8 = 0x08;
const ACK: u8 = 0x10;

impl Recorded {
    /// Writes the connection as a packet capture: handshake, data, end.
    pub(crate) fn write(&self, path: &Path) {
        let mut capture = Capture {
            of: self,
            next: [1000, 5000],
            file: file_header(),
            packets: 0,
        };
        capture.packet(Sender::Client, SYN, &[]);
        capture.packet(Sender::Server, SYN | ACK, &[]);
        capture.packet(Sender::Client, ACK, &[]);
        for (sender, piece) in &self.pieces {
            capture.packet(*sender, PSH | ACK, piece);
        }
        capture.packet(Sender::Client, FIN | ACK, &[]);
        capture.packet(Sender::Server, FIN | ACK, &[]);
        fs::write(path, capture.file).unwrap();
    }
}

/// pcap, version 2.4, with times in microseconds and packets that begin with their IP header (`LINKTYPE_RAW`).
fn file_header() -> Vec<u8> {
    const LINKTYPE_RAW: u32 = 101;
    let mut header = Vec::new();
    header.extend(0xA1B2_C3D4_u32.to_le_bytes());
    header.extend([2_u16, 4].map(u16::to_le_bytes).concat());
    header.extend(
        [0_u32, 0, 65_535, LINKTYPE_RAW]
            .map(u32::to_le_bytes)
            .concat(),
    );
    header
}

struct Capture<'a> {
    of: &'a Recorded,
    /// The next sequence number of the client and of the server.
    next: [u32; 2],
    file: Vec<u8>,
    packets: u32,
}

impl Capture<'_> {
    fn packet(&mut self, sender: Sender, flags: u8, data: &[u8]) {
        let (from, to) = match sender {
            Sender::Client => (self.of.client, self.of.server),
            Sender::Server => (self.of.server, self.of.client),
        };
        let (own, other) = match sender {
            Sender::Client => (0, 1),
            Sender::Server => (1, 0),
        };
        let acknowledged = if flags & ACK == 0 {
            0
        } else {
            self.next[other]
        };
        let segment = segment(from, to, [self.next[own], acknowledged], flags, data);
        let packet = [ip_header(from, to, segment.len()), segment].concat();
        let length = u32::try_from(packet.len()).unwrap();
        // A millisecond between two packets.
        let head = [1_700_000_000, self.packets * 1000, length, length];
        self.file.extend(head.map(u32::to_le_bytes).concat());
        self.file.extend(packet);
        self.packets += 1;
        self.next[own] += u32::try_from(data.len()).unwrap();
        self.next[own] += u32::from(flags & (SYN | FIN) != 0);
    }
}

/// RFC 791 §3.1.
fn ip_header(from: SocketAddrV4, to: SocketAddrV4, payload_bytes: usize) -> Vec<u8> {
    let length = u16::try_from(20 + payload_bytes).unwrap().to_be_bytes();
    let mut header = vec![0x45, 0, length[0], length[1], 0, 0, 0x40, 0, 64, 6, 0, 0];
    header.extend(from.ip().octets());
    header.extend(to.ip().octets());
    let checksum = checksum(&header).to_be_bytes();
    header[10..12].copy_from_slice(&checksum);
    header
}

/// RFC 9293 §3.1, with the checksum over the pseudo-header.
fn segment(
    from: SocketAddrV4,
    to: SocketAddrV4,
    [sequence, acknowledged]: [u32; 2],
    flags: u8,
    data: &[u8],
) -> Vec<u8> {
    let mut segment = Vec::new();
    segment.extend(from.port().to_be_bytes());
    segment.extend(to.port().to_be_bytes());
    segment.extend(sequence.to_be_bytes());
    segment.extend(acknowledged.to_be_bytes());
    segment.extend([0x50, flags, 0xFF, 0xFF, 0, 0, 0, 0]);
    segment.extend(data);
    let length = u16::try_from(segment.len()).unwrap();
    let mut summed = [from.ip().octets(), to.ip().octets()].concat();
    summed.extend([0, 6]);
    summed.extend(length.to_be_bytes());
    summed.extend(&segment);
    let checksum = checksum(&summed).to_be_bytes();
    segment[16..18].copy_from_slice(&checksum);
    segment
}

/// RFC 1071.
fn checksum(bytes: &[u8]) -> u16 {
    let words = bytes.chunks(2);
    let sum: u32 = words
        .map(|word| u32::from(word[0]) << 8 | word.get(1).copied().map_or(0, u32::from))
        .sum();
    let folded = (sum & 0xFFFF) + (sum >> 16);
    let folded = (folded & 0xFFFF) + (folded >> 16);
    !u16::try_from(folded).unwrap()
}
