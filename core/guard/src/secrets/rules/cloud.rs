//! Keys of clouds, platforms and stores of secrets.

use super::{End, Mix, SecretRule, assigned};

pub(super) const RULES: &[SecretRule] = &[
    SecretRule::token(
        "aws-access-key-id",
        "AWS access key id",
        &["AKIA", "ASIA", "ABIA", "ACCA"],
        "[A-Z2-7]{16}",
    )
    .entropy(3.0),
    SecretRule::named(
        "aws-secret-access-key",
        "AWS secret access key",
        &[
            "aws_secret_access_key",
            "aws_secret_key",
            "awssecretaccesskey",
            "awssecretkey",
            "secretaccesskey",
            "secret_access_key",
        ],
        assigned!("([0-9A-Za-z/+]{40})"),
    )
    .entropy(3.8),
    SecretRule::named(
        "aws-session-token",
        "AWS session token",
        &["aws_session_token", "awssessiontoken"],
        assigned!("([0-9A-Za-z/+]{100})"),
    )
    .entropy(4.0)
    .end(End::Open),
    SecretRule::token("aws-bedrock-key", "Amazon Bedrock API key", &["ABSK"], "[0-9A-Za-z+/]{109}")
        .entropy(4.0)
        .end(End::Open),
    SecretRule::token("google-oauth-secret", "Google OAuth client secret", &["GOCSPX-"], r"[\w-]{28}")
        .entropy(3.5),
    SecretRule::token("google-oauth-token", "Google OAuth access token", &["ya29."], r"[\w-]{60}")
        .entropy(3.8)
        .end(End::Open),
    SecretRule::token("google-refresh-token", "Google OAuth refresh token", &["1//0"], r"[\w-]{60}")
        .entropy(3.8)
        .end(End::Open),
    SecretRule::token("firebase-server-key", "Firebase server key", &["AAAA"], r"[\w-]{7}:APA91b[\w-]{134}")
        .entropy(4.0),
    SecretRule::named(
        "azure-storage-key",
        "Azure storage account key",
        &["AccountKey"],
        "=([0-9A-Za-z+/]{86}==)",
    )
    .entropy(4.0),
    SecretRule::named(
        "azure-shared-access-key",
        "Azure shared access key",
        &["SharedAccessKey"],
        "=([0-9A-Za-z+/]{43}=)",
    )
    .entropy(3.8),
    SecretRule::token(
        "azure-sas-signature",
        "Signature of an Azure shared access URL",
        &["&sig=", "?sig="],
        "([0-9A-Za-z%]{43,64}%3D)",
    )
    .entropy(3.8),
    SecretRule::named(
        "azure-client-secret",
        "Microsoft Entra client secret",
        &["client_secret", "clientsecret", "azure_secret"],
        assigned!(r"([0-9A-Za-z_~.]{3}[0-9]Q~[0-9A-Za-z_~.-]{31,34})"),
    )
    .entropy(3.5),
    SecretRule::token(
        "digitalocean-token",
        "DigitalOcean token",
        &["dop_v1_", "doo_v1_", "dor_v1_"],
        "[0-9a-f]{64}",
    ),
    SecretRule::token("alibaba-access-key-id", "Alibaba Cloud access key id", &["LTAI"], "[0-9A-Za-z]{20}")
        .entropy(3.5)
        .mix(Mix::BothCasesAndDigit),
    SecretRule::token(
        "cloudflare-origin-key",
        "Cloudflare origin CA key",
        &["v1.0-"],
        "[0-9a-f]{24}-[0-9a-f]{146}",
    ),
    SecretRule::token("heroku-key", "Heroku API key", &["HRKU-"], r"AA[\w-]{58}").entropy(3.5),
    SecretRule::token("fly-token", "Fly.io token", &["fo1_"], r"[\w-]{43}").entropy(3.5),
    SecretRule::token("netlify-token", "Netlify token", &["nfp_"], "[0-9A-Za-z]{36}").entropy(3.5),
    SecretRule::token(
        "planetscale-secret",
        "PlanetScale token or password",
        &["pscale_tkn_", "pscale_pw_", "pscale_oauth_"],
        r"[\w=.-]{32}",
    )
    .entropy(3.5)
    .end(End::Open),
    SecretRule::token("databricks-token", "Databricks token", &["dapi"], "[0-9a-f]{32}(?:-[0-9])?")
        .entropy(3.0),
    SecretRule::token(
        "doppler-token",
        "Doppler token",
        &["dp.pt.", "dp.ct.", "dp.scim.", "dp.audit."],
        "[0-9A-Za-z]{43}",
    )
    .entropy(3.5),
    SecretRule::token("vault-token", "HashiCorp Vault token", &["hvs.", "hvb."], r"[\w-]{90}")
        .entropy(3.8)
        .end(End::Open),
    SecretRule::token("terraform-token", "Terraform Cloud token", &[".atlasv1."], r"[\w=-]{60,70}")
        .entropy(3.8),
    SecretRule::token("pulumi-token", "Pulumi token", &["pul-"], "[0-9a-f]{40}"),
    SecretRule::token("supabase-token", "Supabase token", &["sbp_"], "[0-9a-f]{40}"),
    SecretRule::token(
        "supabase-secret-key",
        "Supabase secret key",
        &["sb_secret_"],
        r"[\w-]{22}_[0-9A-Za-z]{8}",
    )
    .entropy(3.5),
    SecretRule::token("neon-key", "Neon API key", &["napi_"], "[0-9a-z]{64}").entropy(3.5),
    SecretRule::token(
        "onepassword-token",
        "1Password service account token",
        &["ops_eyJ"],
        "[0-9A-Za-z+/]{200}",
    )
    .entropy(4.0)
    .end(End::Open),
    SecretRule::token(
        "age-secret-key",
        "age secret key",
        &["AGE-SECRET-KEY-1"],
        "[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}",
    ),
    SecretRule::named(
        "wireguard-key",
        "WireGuard key",
        &["PrivateKey", "PresharedKey"],
        r"\s{0,4}=\s{0,4}([0-9A-Za-z+/]{43}=)",
    )
    .entropy(4.0),
];
