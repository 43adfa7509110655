//! What the fuzz target `gguf_open` does with an input, and the corpus and mutation tests of core/gguf likewise.
//!
//! The idea: open the bytes as a model. When that works, everything in the listing has to hold: each tensor lies
//! within the file and can be read or is of an unsupported type, values unpack, and writing the model again gives a
//! file that opens to the same.

use ghostlight_gguf::{Gguf, GgufError, TensorData, dequantize, write};

/// Whether the input opened as a model.
pub(crate) fn run(input: &[u8]) -> bool {
    match pollster::block_on(Gguf::open(input)) {
        Ok(model) => {
            pollster::block_on(use_all(&model, input));
            true
        }
        Err(error) => {
            assert!(error.to_string().len() < 4096, "messages stay short");
            false
        }
    }
}

async fn use_all(model: &Gguf, input: &[u8]) {
    for (key, value) in model.metadata.iter() {
        assert_eq!(model.metadata.get(key).map(|v| v.type_name()), Some(value.type_name()));
        let m = &model.metadata;
        let _ = (m.str(key), m.u32(key), m.u64(key), m.f32(key), m.bool(key));
        let _ = m.i32s(key);
        if let Ok(Some(strings)) = m.strings(key) {
            assert_eq!(strings.iter().map(<[u8]>::len).sum::<usize>(), strings.total_bytes());
        }
    }

    let (mut packed, mut row) = (Vec::new(), Vec::new());
    let mut tensors = Vec::new();
    for info in &model.tensors {
        let bytes = &input[info.offset as usize..][..info.bytes as usize];
        tensors.push(TensorData { name: &info.name, dims: &info.dims, ty: info.ty, bytes });
        assert_eq!(model.tensor(&info.name), Ok(info));
        assert_eq!(info.rows() * info.row_bytes(), info.bytes);
        match model.read(input, info, &mut packed).await {
            Ok(()) => assert_eq!(packed, bytes),
            Err(error) => {
                let tensor = info.name.clone();
                assert_eq!(error, GgufError::UnsupportedTensorType { tensor, ty: info.ty });
                continue;
            }
        }
        let last = info.rows() - 1..info.rows();
        model.read_rows(input, info, last, &mut row).await.expect("the last row is there");
        assert!(bytes.ends_with(&row));
        let mut values = vec![0.0; info.row_len() as usize];
        dequantize(info.ty, &row, &mut values).expect("a row is whole blocks");
    }

    // Values may be NaN, so files are compared, not models.
    let again = write(&model.metadata, &tensors).expect("what was read can be written");
    let reopened = Gguf::open(&again).await.expect("what was written can be read");
    assert_eq!(reopened.tensors.len(), model.tensors.len());
    let tensors = reopened.tensors.iter().map(|info| TensorData {
        name: &info.name,
        dims: &info.dims,
        ty: info.ty,
        bytes: &again[info.offset as usize..][..info.bytes as usize],
    });
    let tensors: Vec<_> = tensors.collect();
    let third = write(&reopened.metadata, &tensors).expect("what was read can be written");
    assert!(again == third, "writing what was read changes nothing");
}
