//! Opening files that are wrong, each in one place: every error with its message, and the limits of what is right.

use std::cell::RefCell;

use crate::common::{ARRAY, BOOL, F32, Q2_K, Q4_0, Raw, STRING, U8, U32};
use ghostlight_gguf::{Gguf, GgufError, MAX_HEADER_BYTES, Source, SourceError, TensorType};

fn open(file: &[u8]) -> Result<Gguf, GgufError> {
    pollster::block_on(Gguf::open(file))
}

/// Checks the message that opening `file` ends with.
#[track_caller]
fn check(file: Vec<u8>, message: &str) {
    match open(&file) {
        Ok(_) => panic!("opened, but should have said: {message}"),
        Err(error) => assert_eq!(error.to_string(), message),
    }
}

#[test]
fn not_a_model() {
    check(vec![], "open model: not a GGUF file, it begins with bytes []");
    check(b"GG".to_vec(), "open model: not a GGUF file, it begins with bytes [47, 47]");
    check(
        b"PK\x03\x04 and more".to_vec(),
        "open model: not a GGUF file, it begins with bytes [50, 4b, 03, 04]",
    );
    check(b"FUGG\0\0\0\x03".to_vec(), "open model: not a GGUF file, it begins with bytes [46, 55, 47, 47]");
}

#[test]
fn wrong_version() {
    check(Raw::new(1, 0, 0).0, "open model: GGUF version 1, only versions 2 and 3 can be read");
    check(Raw::new(0, 0, 0).0, "open model: GGUF version 0, only versions 2 and 3 can be read");
    check(Raw::new(4, 0, 0).0, "open model: GGUF version 4, only versions 2 and 3 can be read");
    check(
        Raw(b"GGUF".to_vec()).bytes(&3u32.to_be_bytes()).bytes(&[0; 16]).0,
        "open model: big-endian GGUF (version field 0x03000000), only little-endian files can be read",
    );
}

#[test]
fn cut_off() {
    check(b"GGUF".to_vec(), "read header: needs 8 bytes, the file has 4 left there");
    check(Raw(b"GGUF".to_vec()).u32(3).u64(0).0, "read header: needs 24 bytes, the file has 16 left there");
    check(Raw::new(3, 0, 1).0, "read metadata keys (1 items): needs 13 bytes, the file has 0 left there");
    check(
        Raw::new(3, 0, 2).key("a", U32).u32(1).bytes(&[0; 9]).0,
        "read metadata key 1 of 2: needs 12 bytes, the file has 9 left there",
    );
    check(
        Raw::new(3, 0, 1).key("long", STRING).u64(100).bytes(b"short").0,
        "read metadata key \"long\": needs 124 bytes, the file has 29 left there",
    );
    check(
        Raw::new(3, 0, 1).key("list", ARRAY).u32(U32).u64(1000).u32(1).0,
        "read metadata key \"list\": needs 4028 bytes, the file has 32 left there",
    );
    check(
        Raw::new(3, 1, 0).text("token_embd.weight").u32(2).u64(32).0,
        "read entry of tensor \"token_embd.weight\": needs 45 bytes, the file has 37 left there",
    );
    check(
        Raw::new(3, 1, 0).text("w").bytes(&[0; 3]).0,
        "read tensor list (1 items): needs 24 bytes, the file has 12 left there",
    );
}

#[test]
fn impossible_counts_and_lengths() {
    check(
        Raw::new(3, 0, u64::MAX).bytes(&[0; 64]).0,
        "read metadata keys (18446744073709551615 items): needs 18446744073709551615 bytes, the file has 64 left there",
    );
    check(
        Raw::new(3, 1 << 40, 0).bytes(&[0; 64]).0,
        "read tensor list (1099511627776 items): needs 26388279066624 bytes, the file has 64 left there",
    );
    check(
        Raw::new(3, 0, 1).u64(u64::MAX).bytes(&[0; 64]).0,
        "read metadata key 0 of 1 key length: 18446744073709551615 is over the limit of 65535",
    );
    check(
        Raw::new(3, 0, 1).key("k", STRING).u64(u64::MAX).0,
        "read metadata key \"k\" text length: 18446744073709551615 is over the limit of 67108864",
    );
    check(
        Raw::new(3, 0, 1).key("k", ARRAY).u32(U32).u64(u64::MAX).0,
        "read metadata key \"k\": needs 18446744073709551615 bytes, the file has 25 left there",
    );
    check(
        Raw::new(3, 0, 1).key("k", ARRAY).u32(STRING).u64(1 << 61).0,
        "read metadata key \"k\": needs 18446744073709551615 bytes, the file has 25 left there",
    );
    check(
        Raw::new(3, 0, 1).key("k", ARRAY).u32(STRING).u64(2).u64(0).u64(u64::MAX).0,
        "read metadata key \"k\": needs 18446744073709551615 bytes, the file has 41 left there",
    );
    check(
        Raw::new(3, 0, 1).key("k", ARRAY).u32(ARRAY).u64(u64::MAX).0,
        "read metadata key \"k\": needs 18446744073709551615 bytes, the file has 25 left there",
    );
    check(
        Raw::new(3, 1, 0).u64(257).bytes(&[b'x'; 300]).0,
        "read tensor entry 0 of 1 name length: 257 is over the limit of 256",
    );
    check(
        Raw::new(3, 1, 0).tensor("w", &[1; 5], F32, 0).0,
        "read tensor \"w\" dimension count: 5 is over the limit of 4",
    );
}

#[test]
fn wrong_metadata() {
    check(Raw::new(3, 0, 1).key("k", 13).u64(0).0, "read metadata key \"k\": unknown value type 13");
    check(
        Raw::new(3, 0, 1).key("k", ARRAY).u32(99).u64(0).0,
        "read metadata key \"k\": unknown value type 99",
    );
    check(
        Raw::new(3, 0, 1).key("k", BOOL).bytes(&[2]).0,
        "read metadata key \"k\": truth value 2, must be 0 or 1",
    );
    check(
        Raw::new(3, 0, 1).key("k", ARRAY).u32(BOOL).u64(2).bytes(&[1, 7]).0,
        "read metadata key \"k\": truth value 7, must be 0 or 1",
    );
    check(
        Raw::new(3, 0, 1).key("k", STRING).u64(3).bytes(b"a\xff\xff").0,
        "read metadata key \"k\": not valid UTF-8 from byte 1 on",
    );
    check(
        Raw::new(3, 0, 1).u64(2).bytes(b"\xc3\x28").u32(U8).bytes(&[0; 9]).0,
        "read metadata key 0 of 1: not valid UTF-8 from byte 0 on",
    );
    check(
        Raw::new(3, 0, 3).key("b", U32).u32(1).key("a", U32).u32(1).key("b", BOOL).bytes(&[1]).0,
        "read metadata: key \"b\" stands twice",
    );
    let nested = (0..5).fold(Raw::new(3, 0, 1).key("k", ARRAY), |raw, _| raw.u32(ARRAY).u64(1));
    check(nested.u32(U8).u64(0).0, "read metadata key \"k\" array depth: 5 is over the limit of 4");
}

#[test]
fn wrong_alignment() {
    let with = |alignment| Raw::new(3, 0, 1).key("general.alignment", U32).u32(alignment).0;
    check(with(0), "open model: alignment 0, must be a power of two up to 1048576");
    check(with(48), "open model: alignment 48, must be a power of two up to 1048576");
    check(with(1 << 21), "open model: alignment 2097152, must be a power of two up to 1048576");
    check(
        Raw::new(3, 0, 1).key("general.alignment", STRING).text("32").0,
        "read metadata key \"general.alignment\": is string, needed u32",
    );
}

#[test]
fn wrong_tensors() {
    check(
        Raw::new(3, 3, 0)
            .tensor("b", &[8], F32, 0)
            .tensor("a", &[8], F32, 32)
            .tensor("b", &[8], F32, 64)
            .data(96),
        "read tensor list: tensor \"b\" stands twice",
    );
    check(Raw::new(3, 1, 0).tensor("w", &[32], 77, 0).data(64), "read tensor \"w\": unknown tensor type 77");
    // Types that were once in the format and are no more.
    check(Raw::new(3, 1, 0).tensor("w", &[32], 4, 0).data(64), "read tensor \"w\": unknown tensor type 4");
    check(
        Raw::new(3, 1, 0).tensor("w", &[8, 0], F32, 0).data(64),
        "read tensor \"w\": dimensions [8, 0] have a zero or too large a product",
    );
    check(
        Raw::new(3, 1, 0).tensor("w", &[1 << 32, 1 << 32], F32, 0).data(64),
        "read tensor \"w\": dimensions [4294967296, 4294967296] have a zero or too large a product",
    );
    check(
        Raw::new(3, 1, 0).tensor("w", &[1 << 62], F32, 0).data(64),
        "read tensor \"w\": dimensions [4611686018427387904] have a zero or too large a product",
    );
    check(
        Raw::new(3, 1, 0).tensor("w", &[48, 32], Q4_0, 0).data(4096),
        "read tensor \"w\": rows of 48 elements, Q4_0 needs a multiple of 32",
    );
    check(
        Raw::new(3, 1, 0).tensor("w", &[8], F32, 16).data(64),
        "read tensor \"w\": offset 16 is no multiple of the alignment 32",
    );
    check(
        Raw::new(3, 1, 0).tensor("w", &[1024], F32, 32).data(64),
        "read tensor \"w\": needs the file's bytes up to 4192, the file has 128",
    );
    check(
        Raw::new(3, 1, 0).tensor("w", &[8], F32, u64::MAX - 31).data(64),
        "read tensor \"w\": needs the file's bytes up to 18446744073709551615, the file has 128",
    );
    check(
        Raw::new(3, 2, 0).tensor("v", &[8], F32, 32).tensor("w", &[16], F32, 0).data(64),
        "read tensor \"v\": begins at byte 128, inside tensor \"w\" which ends at 160",
    );
}

#[test]
fn long_names_are_shortened_in_messages() {
    let key = "k".repeat(60_000);
    check(
        Raw::new(3, 0, 1).key(&key, 13).u64(0).0,
        &format!("read metadata key \"{}…\": unknown value type 13", "k".repeat(80)),
    );
}

#[test]
fn versions_two_and_three_read_alike() {
    for version in [2, 3] {
        let file = Raw::new(version, 1, 1).key("k", U32).u32(7).tensor("w", &[8, 3], F32, 0).data(96);
        let model = open(&file).unwrap();
        assert_eq!(model.version, version);
        assert_eq!(model.metadata.u32("k"), Ok(Some(7)));
        let info = model.tensor("w").unwrap();
        assert_eq!(
            (info.dims.as_slice(), info.ty, info.offset, info.bytes),
            (&[8, 3][..], TensorType::F32, 96, 96)
        );
    }
}

#[test]
fn empty_model_and_scalar_tensor_are_fine() {
    assert_eq!(open(&Raw::new(3, 0, 0).0).unwrap().tensors, []);
    let model = open(&Raw::new(3, 1, 0).tensor("s", &[], F32, 0).data(4)).unwrap();
    let info = model.tensor("s").unwrap();
    assert_eq!((info.elements(), info.row_len(), info.rows(), info.bytes), (1, 1, 1, 4));
}

#[test]
fn types_that_cannot_be_read_are_listed() {
    let file = Raw::new(3, 1, 0).tensor("w", &[256, 2], Q2_K, 0).data(168);
    let model = open(&file).unwrap();
    let info = model.tensor("w").unwrap();
    assert_eq!((info.ty.name(), info.ty.is_readable(), info.bytes), ("Q2_K", false, 168));
    assert_eq!(model.summary().quantization, Some(info.ty));
    let error = pollster::block_on(model.read(&file, info, &mut Vec::new())).unwrap_err();
    assert_eq!(error.to_string(), "read tensor \"w\": tensor type Q2_K is not supported");
}

/// A file that says it is very long: some bytes, then zeros. Keeps the ranges that were asked for.
struct Long {
    head: Vec<u8>,
    len: u64,
    asked: RefCell<Vec<(u64, usize)>>,
}

impl Source for Long {
    fn len(&self) -> u64 {
        self.len
    }

    async fn read_at(&self, offset: u64, buf: &mut [u8]) -> Result<(), SourceError> {
        self.asked.borrow_mut().push((offset, buf.len()));
        SourceError::check_range(offset, buf.len(), self.len)?;
        buf.fill(0);
        if let Some(head) = self.head.get(offset as usize..) {
            let n = head.len().min(buf.len());
            buf[..n].copy_from_slice(&head[..n]);
        }
        Ok(())
    }
}

#[test]
fn a_long_file_is_not_read_beyond_the_limit() {
    let cases = [
        (Raw::new(3, 0, 1).key("k", ARRAY).u32(U8).u64(1 << 35), 34_359_738_393),
        (Raw::new(3, 0, 1).key("k", ARRAY).u32(STRING).u64(1 << 35), 274_877_906_969),
    ];
    for (raw, item) in cases {
        let file = Long { head: raw.0, len: 1 << 50, asked: RefCell::default() };
        let error = pollster::block_on(Gguf::open(&file)).unwrap_err();
        let what = "header at metadata key 0 of 1".to_owned();
        assert_eq!(error, GgufError::Limit { what, have: 24 + item, limit: MAX_HEADER_BYTES });
        let read: usize = file.asked.borrow().iter().map(|(_, n)| n).sum();
        assert!(read <= 4 + (1 << 20), "read {read} bytes");
    }
}

#[test]
fn only_the_header_is_read_each_byte_once() {
    let raw = Raw::new(3, 1, 2).key("tokens", ARRAY).u32(STRING).u64(150_000);
    let raw = (0..150_000).fold(raw, |raw, i| raw.text(&format!("token {i}")));
    let raw = raw.key("n", U32).u32(5).tensor("w", &[1 << 30], F32, 0);
    let header = raw.0.len() as u64;
    let len = header.next_multiple_of(32) + (4 << 30);
    let file = Long { head: raw.0, len, asked: RefCell::default() };
    let model = pollster::block_on(Gguf::open(&file)).unwrap();

    let tokens = model.metadata.require_strings("tokens").unwrap();
    assert_eq!((tokens.len(), tokens.get(149_999)), (150_000, Some(&b"token 149999"[..])));
    assert_eq!(tokens.iter().map(<[u8]>::len).sum::<usize>(), tokens.total_bytes());
    assert_eq!(model.metadata.u32("n"), Ok(Some(5)));

    let asked = file.asked.borrow();
    let mut next = 0;
    for &(offset, n) in &asked[1..] {
        assert_eq!(offset, next, "reads follow one another");
        next += n as u64;
    }
    assert!(asked.len() <= 5, "{} reads", asked.len());
    assert!(next <= 2 * header, "read {next} bytes for a header of {header}");
}

#[test]
fn a_failing_source_is_passed_on() {
    struct Broken;
    impl Source for Broken {
        fn len(&self) -> u64 {
            1000
        }
        async fn read_at(&self, offset: u64, buf: &mut [u8]) -> Result<(), SourceError> {
            Err(SourceError::failed(offset, buf.len(), "connection lost"))
        }
    }
    let error = pollster::block_on(Gguf::open(&Broken)).unwrap_err();
    assert_eq!(error.to_string(), "read 4 bytes at 0: connection lost");
}
