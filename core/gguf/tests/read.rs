//! Reading tensors and metadata of a good file: whole, by range, by rows, by type.

use std::borrow::Cow;

use ghostlight_gguf::{
    Array, Gguf, GgufError, Metadata, Strings, TensorData, TensorHead, TensorType, Value, quantize, write,
    write_header,
};

fn metadata() -> Metadata {
    let entries: Vec<(&str, Value)> = vec![
        ("arch", "llama".into()),
        ("small", 9u8.into()),
        ("negative", (-1i32).into()),
        ("wide", (1u64 << 40).into()),
        ("half", 0.5f32.into()),
        ("double", 0.25f64.into()),
        ("flag", true.into()),
        ("tokens", Array::Strings(["a", "", "é"].iter().collect::<Strings>()).into()),
        ("types", Array::I32(vec![1, 3]).into()),
        ("counts", Array::U16(vec![1, 2]).into()),
        ("signed", Array::I64(vec![1, -2]).into()),
        ("wides", Array::U64(vec![1 << 40]).into()),
    ];
    Metadata::new(entries.into_iter().map(|(k, v)| (k.to_owned(), v)).collect()).unwrap()
}

fn file() -> Vec<u8> {
    let floats: Vec<f32> = (0..96).map(|i| i as f32 - 48.0).collect();
    let mut q4 = Vec::new();
    quantize(TensorType::Q4_0, &floats, &mut q4).unwrap();
    let f32s: Vec<u8> = floats[..6].iter().flat_map(|f| f.to_le_bytes()).collect();
    let tensors = [
        TensorData { name: "q", dims: &[32, 3], ty: TensorType::Q4_0, bytes: &q4 },
        TensorData { name: "f", dims: &[3, 2], ty: TensorType::F32, bytes: &f32s },
    ];
    write(&metadata(), &tensors).unwrap()
}

#[test]
fn metadata_comes_back_typed() {
    let file = file();
    let m = pollster::block_on(Gguf::open(&file)).unwrap().metadata;
    assert_eq!(m, metadata());
    assert_eq!(m.str("arch"), Ok(Some("llama")));
    assert_eq!(m.u32("small"), Ok(Some(9)));
    assert_eq!(m.u64("wide"), Ok(Some(1 << 40)));
    assert_eq!(m.f32("half"), Ok(Some(0.5)));
    assert_eq!(m.f32("double"), Ok(Some(0.25)));
    assert_eq!(m.bool("flag"), Ok(Some(true)));
    assert_eq!(
        m.require_strings("tokens").unwrap().iter().collect::<Vec<_>>(),
        [&b"a"[..], b"", "é".as_bytes()]
    );
    assert!(matches!(m.i32s("types"), Ok(Some(Cow::Borrowed([1, 3])))));
    assert_eq!(m.i32s("counts"), Ok(Some(Cow::Owned(vec![1, 2]))));
    assert_eq!(m.i32s("signed"), Ok(Some(Cow::Owned(vec![1, -2]))));
    assert_eq!(m.u32("nothing"), Ok(None));
    assert_eq!(m.strings("nothing"), Ok(None));
    assert_eq!(m.iter().map(|(k, _)| k).next(), Some("arch"), "the file's order is kept");
}

#[test]
fn metadata_errors_name_key_need_and_have() {
    let m = metadata();
    let cases: [(GgufError, &str); 8] = [
        (m.require_str("x").unwrap_err(), "read metadata: key \"x\" is missing"),
        (m.require_u32("arch").unwrap_err(), "read metadata key \"arch\": is string, needed u32"),
        (m.u32("negative").unwrap_err(), "read metadata key \"negative\": value -1 does not fit u32"),
        (m.u32("wide").unwrap_err(), "read metadata key \"wide\": value 1099511627776 does not fit u32"),
        (m.f32("small").unwrap_err(), "read metadata key \"small\": is u8, needed a float"),
        (
            m.strings("types").unwrap_err(),
            "read metadata key \"types\": is array of i32, needed an array of string",
        ),
        (m.i32s("wides").unwrap_err(), "read metadata key \"wides\": value 1099511627776 does not fit i32"),
        (
            m.i32s("tokens").unwrap_err(),
            "read metadata key \"tokens\": is array of string, needed an array of integers",
        ),
    ];
    for (error, message) in cases {
        assert_eq!(error.to_string(), message);
    }
}

#[test]
fn tensors_are_read_whole_and_by_rows() {
    let file = file();
    pollster::block_on(async {
        let model = Gguf::open(&file).await.unwrap();
        let info = model.tensor("q").unwrap();
        assert_eq!((info.row_len(), info.rows(), info.row_bytes(), info.bytes), (32, 3, 18, 54));
        assert_eq!(info.offset % 32, 0);

        let mut whole = vec![0xee; 999];
        model.read(&file, info, &mut whole).await.unwrap();
        assert_eq!(whole, file[info.offset as usize..][..54]);

        let mut rows = Vec::new();
        model.read_rows(&file, info, 1..3, &mut rows).await.unwrap();
        assert_eq!(rows, whole[18..]);
        model.read_rows(&file, info, 3..3, &mut rows).await.unwrap();
        assert_eq!(rows, []);
    });
}

#[test]
fn reads_beyond_a_tensor_are_errors() {
    let file = file();
    pollster::block_on(async {
        let model = Gguf::open(&file).await.unwrap();
        let info = model.tensor("q").unwrap();
        let mut out = Vec::new();
        let short = &file[..info.offset as usize + 20];
        #[allow(clippy::reversed_empty_ranges, reason = "a wrong range is the case")]
        let cases: [(Result<(), GgufError>, &str); 4] = [
            (model.tensor("z").map(|_| ()), "find tensor \"z\": the model has no such tensor"),
            (
                model.read_rows(&file, info, 2..4, &mut out).await,
                "read tensor \"q\": asked for rows up to 4, it has 3",
            ),
            (
                model.read_rows(&file, info, u64::MAX..0, &mut out).await,
                "read tensor \"q\": asked for rows up to 18446744073709551615, it has 3",
            ),
            (
                model.read(short, info, &mut out).await,
                &format!(
                    "read tensor \"q\": needs the file's bytes up to {}, the file has {}",
                    info.offset + 54,
                    short.len()
                ),
            ),
        ];
        for (result, message) in cases {
            assert_eq!(result.unwrap_err().to_string(), message);
        }
    });
}

#[test]
fn summary_counts_weights() {
    let model = pollster::block_on(Gguf::open(&file())).unwrap();
    let summary = model.summary();
    assert_eq!((summary.parameters, summary.bytes), (102, 54 + 24));
    assert_eq!(summary.quantization, Some(TensorType::Q4_0));
    let empty = write(&Metadata::default(), &[]).unwrap();
    assert_eq!(pollster::block_on(Gguf::open(&empty)).unwrap().summary().quantization, None);
}

#[test]
fn what_cannot_be_read_is_not_written() {
    let ty = TensorType::Q4_0;
    let head = |name, dims| TensorHead { name, dims, ty };
    let long = "n".repeat(257);
    let cases: [(&[TensorHead<'_>], String); 5] = [
        (&[head("a", &[32]), head("a", &[32])], "read tensor list: tensor \"a\" stands twice".into()),
        (&[head("a", &[31])], "read tensor \"a\": rows of 31 elements, Q4_0 needs a multiple of 32".into()),
        (
            &[head("a", &[32, 0])],
            "read tensor \"a\": dimensions [32, 0] have a zero or too large a product".into(),
        ),
        (
            &[head("a", &[32, 1, 1, 1, 1])],
            "read tensor \"a\" dimension count: 5 is over the limit of 4".into(),
        ),
        (
            &[head(&long, &[32])],
            format!("read tensor \"{}\" name length: 257 is over the limit of 256", "n".repeat(256)),
        ),
    ];
    for (heads, message) in cases {
        assert_eq!(write_header(&Metadata::default(), heads).unwrap_err().to_string(), message);
    }
    let short = TensorData { name: "a", dims: &[32], ty, bytes: &[0; 17] };
    let error = write(&Metadata::default(), &[short]).unwrap_err();
    assert_eq!(error.to_string(), "write Q4_0: needs 18 bytes, got 17");
}

#[test]
fn alignment_is_kept_and_header_says_where_data_goes() {
    let metadata = Metadata::new(vec![("general.alignment".into(), 4096u32.into())]).unwrap();
    let ty = TensorType::F32;
    let heads = [TensorHead { name: "a", dims: &[1], ty }, TensorHead { name: "b", dims: &[1], ty }];
    let (header, offsets) = write_header(&metadata, &heads).unwrap();
    assert_eq!((header.len(), offsets.as_slice()), (4096, &[4096, 8192][..]));
    let data = heads.map(|t| TensorData { name: t.name, dims: t.dims, ty, bytes: &[1, 2, 3, 4] });
    let file = write(&metadata, &data).unwrap();
    assert_eq!((&file[..4096], file.len()), (&header[..], 8196));
    let model = pollster::block_on(Gguf::open(&file)).unwrap();
    assert_eq!(model.tensors.iter().map(|t| t.offset).collect::<Vec<_>>(), offsets);
}

#[test]
fn type_table_is_consistent() {
    for code in 0..100 {
        if let Some(ty) = TensorType::from_code(code) {
            assert_eq!(ty.code(), code);
            assert_eq!(ty.to_string(), ty.name());
            assert_eq!(ty.is_readable(), TensorType::READABLE.contains(&ty));
            assert_eq!(ty.row_bytes(ty.block_len() as u64 * 3), Some(ty.block_bytes() as u64 * 3));
        }
    }
    assert_eq!(TensorType::Q4K.row_bytes(255), None);
    assert_eq!(TensorType::F32.row_bytes(u64::MAX), None);
    assert_eq!(TensorType::from_code(12), Some(TensorType::Q4K));
    assert_eq!(TensorType::from_code(39).unwrap().name(), "MXFP4");
}
