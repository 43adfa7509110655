//! The model as a [`Decoder`]: chunks in, predictions out.

use burn::tensor::{DType, Tensor, TensorData};
use ghostlight_decode::{Cancel, DecodeError, Decoder, Prediction, log_prob};
use ghostlight_gguf::{Gguf, Source};
use ghostlight_text::TokenId;

use crate::backend::{Backend, BackendKind};
use crate::cache::Cache;
use crate::config::Config;
use crate::error::ModelError;
use crate::load::{Loader, Precision, Progress};
use crate::ops;
use crate::transformer::{Stream, Transformer};

/// Tokens of KV cache when the caller does not say.
pub const DEFAULT_CONTEXT: usize = 2048;

/// What a caller may choose.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Tokens of KV cache; the model's trained context bounds it.
    pub context: usize,
    /// How weights are kept.
    pub precision: Precision,
    /// Most tokens of a prompt that run together. Cancellation reaches the CPU
    /// between layers and a GPU between chunks.
    pub chunk: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { context: DEFAULT_CONTEXT, precision: Precision::Packed, chunk: 64 }
    }
}

/// A loaded model with its KV cache.
#[derive(Debug)]
pub struct Model {
    transformer: Transformer,
    cache: Cache,
    backend: Backend,
    chunk: usize,
    /// Valid positions of the cache.
    len: usize,
    /// Tokens the cache may hold.
    capacity: usize,
    /// Of the last position, `[1, vocab]`.
    logits: Option<Tensor<2>>,
    interrupted: Option<Interrupted>,
}

/// A chunk that was cancelled between two layers. Somebody who types cancels all the time, and the
/// next prompt mostly begins with the same tokens, so what was computed of them is worth keeping:
/// a row of the residual stream depends on the tokens before it only.
#[derive(Debug)]
struct Interrupted {
    /// Position of its first token. Valid as long as nothing before it, and of the cache nothing
    /// from it on, has changed.
    position: usize,
    tokens: Vec<TokenId>,
    stream: Stream,
}

impl Model {
    /// Loads a model whose header was read before; `progress` hears of every slice.
    ///
    /// # Errors
    ///
    /// [`ModelError`] says what is wrong with the file, or which limit of the
    /// device is too small; [`ModelError::Cancelled`] when `cancel` was.
    pub async fn load<S: Source + ?Sized>(
        source: &S,
        gguf: &Gguf,
        backend: &Backend,
        options: Options,
        progress: &mut dyn FnMut(Progress),
        cancel: &Cancel,
    ) -> Result<Self, ModelError> {
        let config = Config::from_gguf(gguf)?;
        let capacity = options.context.clamp(1, config.trained_context);
        // Said before anything is read: WebAssembly addresses four gigabytes.
        let stored = backend.cache_type(options.precision);
        let total = gguf.summary().bytes;
        let need = total.saturating_add(config.cache_bytes(capacity, stored));
        if backend.kind() == BackendKind::Cpu && need > usize::MAX as u64 {
            return Err(ModelError::TooLarge {
                what: "weights and KV cache".to_owned(),
                need,
                limit_name: "address space",
                limit: usize::MAX as u64,
            });
        }
        let precision = options.precision;
        let mut loader = Loader { source, gguf, backend, precision, done: 0, total, progress, cancel };
        let transformer = loader.model(config, capacity).await?;
        Ok(Self {
            cache: Cache::new(&transformer.config, capacity, &backend.device, stored),
            transformer,
            backend: backend.clone(),
            chunk: options.chunk.max(1),
            len: 0,
            capacity,
            logits: None,
            interrupted: None,
        })
    }

    /// Hyper-parameters.
    pub fn config(&self) -> &Config {
        &self.transformer.config
    }

    /// Bytes of the KV cache.
    pub fn cache_bytes(&self) -> u64 {
        self.cache.bytes()
    }

    /// Runs a chunk, a step and a batch on an empty cache, so that a GPU compiles its
    /// pipelines and the first request does not wait for them.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] when the device fails.
    pub async fn warm_up(&mut self) -> Result<(), DecodeError> {
        let cancel = Cancel::new();
        let tokens = vec![TokenId(0); self.chunk.min(self.capacity.saturating_sub(1)).max(1)];
        self.truncate(0);
        self.prefill(&tokens, &cancel).await?;
        if self.len < self.capacity {
            self.step(TokenId(0), &cancel).await?;
        }
        // The head's product of several rows is a pipeline of its own.
        self.truncate(0);
        self.verify(&tokens[..tokens.len().min(2)], &cancel).await?;
        self.truncate(0);
        Ok(())
    }

    fn check(&self, tokens: &[TokenId]) -> Result<(), DecodeError> {
        let vocab = self.transformer.config.vocab;
        if tokens.is_empty() {
            return Err(DecodeError::EmptyPrompt);
        }
        if self.len + tokens.len() > self.capacity {
            return Err(DecodeError::Full { needed: self.len + tokens.len(), capacity: self.capacity });
        }
        match tokens.iter().find(|token| token.0 as usize >= vocab) {
            Some(&token) => Err(DecodeError::UnknownToken { token, vocab }),
            None => Ok(()),
        }
    }

    /// Appends one chunk of `t` tokens and returns its rows of the residual stream, `[t, width]`.
    async fn append(&mut self, tokens: &[TokenId], cancel: &Cancel) -> Result<Tensor<2>, DecodeError> {
        let ids: Vec<u32> = tokens.iter().map(|token| token.0).collect();
        let ids = TensorData::new(ids, [tokens.len()]);
        let ids = Tensor::from_data(ids, (&self.backend.device, DType::U32));
        self.interrupted = None;
        let stream = Stream { x: self.transformer.embed(ids), layer: 0 };
        self.run(tokens, stream, cancel).await
    }

    /// The chunk of `tokens` that was begun and can go on: its length, and how far it is.
    fn begun(&mut self, tokens: &[TokenId]) -> Option<(usize, Stream)> {
        let Interrupted { position, tokens: begun, stream } = self.interrupted.take()?;
        let same = begun.iter().zip(tokens).take_while(|(a, b)| a == b).count();
        if position != self.len || same == 0 {
            return None;
        }
        let x = if same < begun.len() { stream.x.narrow(0, 0, same) } else { stream.x };
        Some((same, Stream { x, ..stream }))
    }

    /// The rest of the way of one chunk.
    async fn run(
        &mut self,
        tokens: &[TokenId],
        mut stream: Stream,
        cancel: &Cancel,
    ) -> Result<Tensor<2>, DecodeError> {
        self.logits = None;
        if let Err(cancelled) = self.transformer.forward(&mut stream, self.len, &mut self.cache, cancel).await
        {
            if stream.layer > 0 {
                self.interrupted = Some(Interrupted { position: self.len, tokens: tokens.to_vec(), stream });
            }
            return Err(cancelled.into());
        }
        self.len += tokens.len();
        Ok(stream.x)
    }

    /// Waits until the device has done what it was given, so that a queue of
    /// chunks never grows past a cancellation.
    async fn settle(&self, x: Tensor<2>) -> Result<(), DecodeError> {
        if self.backend.kind() == BackendKind::Webgpu {
            read::<f32>(x.narrow(1, 0, 1).into_data_async().await)?;
        }
        Ok(())
    }

    /// What follows each row of `x: [t, width]`, read back at once.
    async fn predict(&mut self, x: Tensor<2>) -> Result<Vec<Prediction>, DecodeError> {
        let logits = self.transformer.logits(x);
        let predictions = ops::predict(logits.clone(), &self.backend.target);
        self.logits = Some(last_row(logits));
        let words = read::<u32>(predictions.into_data_async().await)?;
        if let Some(fault) = self.backend.fault() {
            return Err(DecodeError::Device(fault));
        }
        let vocab = self.transformer.config.vocab;
        let prediction = |words: &[u32]| match *words {
            [token, bits] if f32::from_bits(bits).is_finite() && (token as usize) < vocab => {
                Ok(Prediction { token: TokenId(token), log_prob: f32::from_bits(bits) })
            }
            _ => Err(DecodeError::Device("the model's output is not finite".to_owned())),
        };
        words.chunks(2).map(prediction).collect()
    }
}

/// `[t, columns]` to `[1, columns]`.
fn last_row(x: Tensor<2>) -> Tensor<2> {
    match x.dims()[0] {
        1 => x,
        t => x.narrow(0, t - 1, 1),
    }
}

/// Values of a tensor that was read back.
fn read<T: burn::tensor::Element>(
    data: Result<TensorData, impl std::fmt::Debug>,
) -> Result<Vec<T>, DecodeError> {
    let data = data.map_err(|error| DecodeError::Device(format!("read back: {error:?}")))?;
    data.try_into_vec().map_err(|error| DecodeError::Device(format!("read back: {error:?}")))
}

impl Decoder for Model {
    fn len(&self) -> usize {
        self.len
    }

    fn capacity(&self) -> usize {
        self.capacity
    }

    fn truncate(&mut self, len: usize) {
        if len < self.len {
            self.len = len;
            self.logits = None;
            self.interrupted = None;
        }
    }

    async fn prefill(&mut self, tokens: &[TokenId], cancel: &Cancel) -> Result<Prediction, DecodeError> {
        self.check(tokens)?;
        cancel.checkpoint().await?;
        let mut rest = tokens;
        loop {
            let (rows, t) = match self.begun(rest) {
                Some((t, stream)) => (self.run(&rest[..t], stream, cancel).await?, t),
                None => {
                    let t = rest.len().min(self.chunk);
                    (self.append(&rest[..t], cancel).await?, t)
                }
            };
            rest = &rest[t..];
            let last = last_row(rows);
            if rest.is_empty() {
                let prediction = self.predict(last).await?.pop();
                return prediction.ok_or_else(|| DecodeError::Device("no prediction came back".to_owned()));
            }
            self.settle(last).await?;
            cancel.checkpoint().await?;
        }
    }

    async fn step(&mut self, token: TokenId, cancel: &Cancel) -> Result<Prediction, DecodeError> {
        self.prefill(&[token], cancel).await
    }

    async fn verify(&mut self, tokens: &[TokenId], cancel: &Cancel) -> Result<Vec<Prediction>, DecodeError> {
        self.check(tokens)?;
        let mut predictions = Vec::with_capacity(tokens.len());
        for chunk in tokens.chunks(self.chunk) {
            cancel.checkpoint().await?;
            let rows = self.append(chunk, cancel).await?;
            predictions.extend(self.predict(rows).await?);
        }
        Ok(predictions)
    }

    async fn score(&mut self, tokens: &[TokenId], cancel: &Cancel) -> Result<Vec<f32>, DecodeError> {
        self.check(tokens)?;
        let vocab = self.transformer.config.vocab;
        let mut scores = Vec::with_capacity(tokens.len());
        scores.push(if self.len == 0 { 0.0 } else { log_prob(&self.logits().await?, tokens[0]) });
        for (chunk, next) in tokens.chunks(self.chunk).zip((self.chunk..).step_by(self.chunk)) {
            cancel.checkpoint().await?;
            let rows = self.append(chunk, cancel).await?;
            let logits = self.transformer.logits(rows);
            self.logits = Some(last_row(logits.clone()));
            let logits: Vec<f32> = read(logits.into_data_async().await)?;
            // Each row speaks of the token behind its own.
            let ends = chunk[1..].iter().chain(tokens.get(next));
            scores.extend(logits.chunks_exact(vocab).zip(ends).map(|(row, &token)| log_prob(row, token)));
        }
        Ok(scores)
    }

    async fn logits(&mut self) -> Result<Vec<f32>, DecodeError> {
        let logits = self.logits.clone().ok_or(DecodeError::NoLogits)?;
        read(logits.into_data_async().await)
    }
}
