//! Tokens of chat, mail and telephone services.

use super::{End, SecretRule};

pub(super) const RULES: &[SecretRule] = &[
    SecretRule::token(
        "slack-bot-token",
        "Slack bot token",
        &["xoxb-"],
        "[0-9]{10,13}-[0-9]{10,13}-[0-9A-Za-z]{24}",
    )
    .entropy(3.0),
    SecretRule::token(
        "slack-user-token",
        "Slack user token",
        &["xoxp-", "xoxe-"],
        "(?:[0-9]{10,13}-){3}[0-9A-Za-z-]{28}",
    )
    .entropy(3.0)
    .end(End::Open),
    SecretRule::token(
        "slack-app-token",
        "Slack app token",
        &["xapp-"],
        "[0-9]-[0-9A-Z]{9,13}-[0-9]{10,13}-[0-9a-z]{64}",
    )
    .entropy(3.0),
    SecretRule::token(
        "slack-config-token",
        "Slack configuration token",
        &["xoxe.xoxb-", "xoxe.xoxp-"],
        "[0-9]-[0-9A-Za-z]{140}",
    )
    .entropy(3.8)
    .end(End::Open),
    SecretRule::token(
        "slack-webhook",
        "Slack webhook address",
        &["hooks.slack.com/services/", "hooks.slack.com/workflows/"],
        "([0-9A-Z]{9,13}/[0-9A-Z]{9,13}/[0-9A-Za-z]{24})",
    )
    .entropy(3.0),
    SecretRule::token(
        "discord-webhook",
        "Discord webhook address",
        &["discord.com/api/webhooks/", "discordapp.com/api/webhooks/"],
        r"([0-9]{17,20}/[\w-]{60,68})",
    )
    .entropy(3.5),
    SecretRule::token(
        "telegram-bot-token",
        "Telegram bot token",
        &["api.telegram.org/bot"],
        r"([0-9]{8,10}:AA[\w-]{33})",
    )
    .entropy(3.5),
    SecretRule::token(
        "teams-webhook",
        "Microsoft Teams webhook address",
        &["webhook.office.com/webhookb2/"],
        "([0-9a-f-]{36}@[0-9a-f-]{36}/IncomingWebhook/[0-9a-f]{32}/[0-9a-f-]{36})",
    ),
    SecretRule::token("twilio-key", "Twilio API key", &["SK"], "[0-9a-f]{32}").entropy(3.0),
    SecretRule::token("sendgrid-key", "SendGrid key", &["SG."], r"[\w-]{22}\.[\w-]{43}").entropy(3.8),
    SecretRule::token("mailgun-key", "Mailgun key", &["key-"], "[0-9a-f]{32}").entropy(3.0),
    SecretRule::token("brevo-key", "Brevo key", &["xkeysib-", "xsmtpsib-"], "[0-9a-f]{64}-[0-9A-Za-z]{16}"),
    SecretRule::token("resend-key", "Resend key", &["re_"], "[0-9A-Za-z]{8}_[0-9A-Za-z]{24}").entropy(3.8),
];
