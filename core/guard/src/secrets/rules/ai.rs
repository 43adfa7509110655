//! Keys of model providers.

use super::{End, SecretRule};

pub(super) const RULES: &[SecretRule] = &[
    SecretRule::token(
        "openai-api-key",
        "OpenAI API key",
        &["sk-proj-", "sk-svcacct-", "sk-admin-"],
        r"[\w-]{40}",
    )
    .entropy(3.5)
    .end(End::Open),
    SecretRule::token(
        "openai-legacy-key",
        "OpenAI API key, older form",
        &["sk-"],
        r"[0-9A-Za-z]{20}T3BlbkFJ[0-9A-Za-z]{20}",
    )
    .entropy(3.5),
    SecretRule::token(
        "anthropic-api-key",
        "Anthropic API key",
        &["sk-ant-api03-", "sk-ant-admin01-"],
        r"[\w-]{93}AA",
    )
    .entropy(3.5),
    SecretRule::token("openrouter-key", "OpenRouter key", &["sk-or-v1-"], "[0-9a-f]{64}"),
    SecretRule::token("huggingface-token", "Hugging Face token", &["hf_", "api_org_"], "[A-Za-z]{34}")
        .entropy(3.5),
    SecretRule::token("replicate-token", "Replicate token", &["r8_"], "[0-9A-Za-z]{37}").entropy(3.5),
    SecretRule::token("groq-key", "Groq key", &["gsk_"], "[0-9A-Za-z]{52}").entropy(3.5),
    SecretRule::token("perplexity-key", "Perplexity key", &["pplx-"], "[0-9A-Za-z]{48}").entropy(3.5),
    SecretRule::token("xai-key", "xAI key", &["xai-"], "[0-9A-Za-z]{80}").entropy(3.5),
    SecretRule::token("nvidia-key", "NVIDIA API key", &["nvapi-"], r"[\w-]{64}").entropy(3.5),
    SecretRule::token(
        "langsmith-key",
        "LangSmith key",
        &["lsv2_pt_", "lsv2_sk_"],
        "[0-9a-f]{32}_[0-9a-f]{10}",
    ),
    SecretRule::token("pinecone-key", "Pinecone key", &["pcsk_"], "[0-9A-Za-z]{5,6}_[0-9A-Za-z]{63}")
        .entropy(3.5),
    SecretRule::token("google-api-key", "Google API key", &["AIza"], r"[\w-]{35}").entropy(3.5),
];
