//! C#.

use super::{Danger, RiskyRule};

pub(super) const RULES: &[RiskyRule] = &[
    RiskyRule::new(
        "csharp-sql",
        Danger::Injection,
        89,
        "SQL put together from values",
        &[
            "new SqlCommand|MySqlCommand|NpgsqlCommand|SqliteCommand|OleDbCommand ( <sqlfilled>",
            "new SqlCommand|MySqlCommand|NpgsqlCommand|SqliteCommand|OleDbCommand ( <sql> +",
            "FromSqlRaw|ExecuteSqlRaw|SqlQueryRaw ( <sqlfilled>",
            "FromSqlRaw|ExecuteSqlRaw|SqlQueryRaw ( <sql> +",
            "CommandText = <sqlfilled>",
            "CommandText = <sql> +",
        ],
    ),
    RiskyRule::new(
        "csharp-process",
        Danger::Injection,
        78,
        "a command put together from values",
        &[
            "Process . Start ( <filled>",
            "Process . Start ( <str> +",
            "Process . Start ( <str> , <filled>",
            "Process . Start ( <str> , <str> +",
        ],
    ),
    RiskyRule::new(
        "csharp-raw-html",
        Danger::Injection,
        79,
        "markup that is not escaped",
        &["Html . Raw ( <dyn>", "new HtmlString|MarkupString ( <dyn>"],
    ),
    RiskyRule::new(
        "csharp-deserialize",
        Danger::Deserialization,
        502,
        "objects from bytes that may run code",
        &[
            "new BinaryFormatter|SoapFormatter|NetDataContractSerializer|LosFormatter (",
            "TypeNameHandling . All|Auto|Objects|Arrays",
        ],
    ),
    RiskyRule::new(
        "csharp-weak-hash",
        Danger::WeakCrypto,
        328,
        "a broken hash",
        &[
            "MD5|SHA1 . Create|HashData (",
            "new MD5CryptoServiceProvider|SHA1CryptoServiceProvider|SHA1Managed|HMACMD5 (",
        ],
    )
    .medium(),
    RiskyRule::new(
        "csharp-weak-cipher",
        Danger::WeakCrypto,
        327,
        "a broken cipher or mode",
        &[
            "DES|TripleDES|RC2 . Create (",
            "new DESCryptoServiceProvider|TripleDESCryptoServiceProvider|RC2CryptoServiceProvider (",
            "CipherMode . ECB",
        ],
    ),
    RiskyRule::new(
        "csharp-tls-off",
        Danger::WeakCrypto,
        295,
        "TLS without checking who answers",
        &[
            "DangerousAcceptAnyServerCertificateValidator",
            "ServerCertificateValidationCallback|ServerCertificateCustomValidationCallback =|+= ( ... ) => true",
            "ServerCertificateValidationCallback|ServerCertificateCustomValidationCallback =|+= delegate { return true",
        ],
    ),
    RiskyRule::new(
        "csharp-path",
        Danger::PathTraversal,
        22,
        "a path from a request",
        &[
            "Path . Combine ( ... Request . Query|Form|Params|QueryString",
            "File . ReadAllText|ReadAllBytes|OpenRead|Open|Delete ( Request .",
        ],
    ),
    RiskyRule::new(
        "csharp-credential",
        Danger::Credentials,
        798,
        "a credential in the source",
        &["<name> = <literal>"],
    ),
];
