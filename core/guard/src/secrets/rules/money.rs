//! Keys of payment and shop services.

use super::{End, SecretRule};

pub(super) const RULES: &[SecretRule] = &[
    SecretRule::token(
        "stripe-key",
        "Stripe secret key",
        &["sk_live_", "sk_test_", "sk_prod_", "rk_live_", "rk_test_", "rk_prod_"],
        "[0-9A-Za-z]{24}",
    )
    .entropy(3.2)
    .end(End::Open),
    SecretRule::token("stripe-webhook-secret", "Stripe webhook secret", &["whsec_"], "[0-9A-Za-z+/]{32}")
        .entropy(3.5)
        .end(End::Open),
    SecretRule::token("square-secret", "Square OAuth secret", &["sq0csp-"], r"[\w-]{43}").entropy(3.5),
    SecretRule::token("square-token", "Square access token", &["sq0atp-"], r"[\w-]{22}").entropy(3.2),
    SecretRule::token(
        "shopify-token",
        "Shopify token",
        &["shpat_", "shpca_", "shppa_", "shpss_"],
        "[0-9A-Fa-f]{32}",
    ),
    SecretRule::token(
        "braintree-token",
        "Braintree access token",
        &["access_token$production$"],
        "[0-9a-z]{16}[$][0-9a-f]{32}",
    ),
    SecretRule::token(
        "plaid-token",
        "Plaid access token",
        &["access-sandbox-", "access-development-", "access-production-"],
        "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    ),
    SecretRule::token(
        "flutterwave-key",
        "Flutterwave secret key",
        &["FLWSECK-", "FLWSECK_TEST-"],
        "[0-9a-f]{32}-X",
    ),
    SecretRule::token("easypost-key", "EasyPost key", &["EZAK", "EZTK"], "[0-9A-Za-z]{54}").entropy(3.8),
    SecretRule::token("duffel-token", "Duffel token", &["duffel_live_", "duffel_test_"], r"[\w-]{43}")
        .entropy(3.5),
    SecretRule::token(
        "adyen-key",
        "Adyen API key",
        &["AQE"],
        r"[0-9A-Za-z+/]{80,130}={0,2}-[0-9A-Za-z+/]{20,60}={0,2}-[!-~]{16}",
    )
    .entropy(4.0)
    .end(End::Open),
];
