//! Secrets of any issuer: private keys, signed tokens, passwords in addresses, named values.

use super::{End, Mix, SecretRule};

pub(super) const RULES: &[SecretRule] = &[
    SecretRule::token(
        "private-key",
        "Private key in PEM form",
        &["-----BEGIN "],
        r#"(?:RSA |EC |DSA |OPENSSH |ENCRYPTED |PGP |SSH2 ENCRYPTED )?PRIVATE KEY(?: BLOCK)?-----(?:\s|\\[nr]|["',+]){1,40}([0-9A-Za-z+/]{40})"#,
    )
    .entropy(3.5)
    .end(End::Open),
    SecretRule::token(
        "private-key-base64",
        "Private key in PEM form, in base64",
        &["LS0tLS1CRUdJTiBQUklWQVRF", "LS0tLS1CRUdJTiBSU0EgUFJJVkFURS", "LS0tLS1CRUdJTiBFQyBQUklWQVRF", "LS0tLS1CRUdJTiBPUEVOU1NIIFBSSVZBVEUg"],
        "[0-9A-Za-z+/]{60}",
    )
    .entropy(4.0)
    .end(End::Open),
    SecretRule::token("jwt", "JSON web token", &["eyJ"], r"[\w-]{12,220}\.eyJ[\w-]{20,400}\.[\w-]{20}").entropy(4.0).end(End::Open),
    SecretRule::token(
        "url-password",
        "Password in an address",
        &["://"],
        r#"[\w.%-]{1,40}:([^\s:/?#@"'`<>(){}$|\\*%]{8,64})@[0-9A-Za-z.-]"#,
    )
    .entropy(2.8)
    .mix(Mix::LetterAndDigit)
    .end(End::Open),
    SecretRule::named("bearer-token", "Bearer token in a header", &["authorization"], r#"["']?\s{0,2}[:,=]\s{0,2}["']?Bearer\s([0-9A-Za-z_~+/.-]{32})"#)
        .entropy(3.6)
        .mix(Mix::LetterAndDigit)
        .end(End::Open),
    SecretRule::named("basic-credentials", "User and password in a header", &["authorization"], r#"["']?\s{0,2}[:,=]\s{0,2}["']?Basic\s([0-9A-Za-z+/]{20})"#)
        .entropy(3.4)
        .end(End::Open),
    SecretRule::named(
        "named-hex-secret",
        "Secret in hexadecimal digits after its name",
        &["secret_key", "secretkey", "client_secret", "clientsecret", "api_secret", "apisecret", "app_secret", "signing_secret", "private_token", "auth_token", "authtoken", "access_token", "accesstoken", "api_key", "apikey", "api_token", "apitoken"],
        concat!("[\"'`]?\\s{0,4}(?:=|:|=>|:=)\\s{0,4}", "[\"'`]([0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})[\"'`]"),
    )
    .entropy(3.2)
    .end(End::Open)
    .mix(Mix::LetterAndDigit),
    SecretRule::named(
        "named-secret",
        "Random value after the name of a secret",
        &["secret_key", "secretkey", "client_secret", "clientsecret", "api_secret", "apisecret", "app_secret", "signing_secret", "private_token", "auth_token", "authtoken", "access_token", "accesstoken", "api_key", "apikey", "api_token", "apitoken", "db_password", "dbpassword"],
        concat!("[\"'`]?\\s{0,4}(?:=|:|=>|:=)\\s{0,4}", "[\"'`]([0-9A-Za-z_+/=.-]{20,80})[\"'`]"),
    )
    .entropy(4.0)
    .end(End::Open)
    .mix(Mix::BothCasesAndDigit),
    SecretRule::named(
        "named-password",
        "Random value after the name of a password",
        &["password", "passwd", "passphrase", "pwd"],
        concat!("[\"'`]?\\s{0,4}(?:=|:|=>|:=)\\s{0,4}", "[\"'`]([!#-&(-_a-~]{12,64})[\"'`]"),
    )
    .entropy(3.3)
    .end(End::Open)
    .mix(Mix::BothCasesAndDigit),
    SecretRule::named("docker-registry-auth", "Docker registry credentials", &["\"auth\""], r#"\s{0,4}:\s{0,4}"([0-9A-Za-z+/]{20,200}={0,2})""#)
        .entropy(3.6)
        .end(End::Open)
        .mix(Mix::BothCasesAndDigit),
];
