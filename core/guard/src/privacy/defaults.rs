//! Files that are secrets, or hold little else.

/// The rules in the form that users write, too.
pub(super) const RULES: &str = "\
# Environments
nowhere .env
nowhere .env.*
nowhere *.env
nowhere .envrc
backend .env.example
backend .env.sample
backend .env.template
backend .env.dist
backend .env.defaults
# Keys and certificates with keys
nowhere *.{pem,key,p12,pfx,jks,keystore,p8,ppk,asc,gpg,pgp,kdbx,kdb,age,jceks,bks}
nowhere id_{rsa,dsa,ecdsa,ed25519,ecdsa_sk,ed25519_sk}
nowhere *_{rsa,dsa,ecdsa,ed25519}
nowhere ssh_host_*_key
nowhere *.{ovpn,rdp,mobileprovision,agilekeychain,keychain,keychain-db}
# Credentials of programs
nowhere {.netrc,_netrc,.pgpass,.my.cnf,.mylogin.cnf,.htpasswd,.s3cfg,.boto,.git-credentials,.dockercfg}
nowhere {.npmrc,.yarnrc,.pypirc,.gemrc,.vault-token,.terraformrc,terraform.rc,.lftprc,.esmtprc,.msmtprc}
nowhere **/.docker/config.json
nowhere **/.cargo/credentials{,.toml}
nowhere **/.gem/credentials
nowhere **/.m2/settings{,-security}.xml
nowhere **/.config/{gcloud,gh,hub,doctl,stripe,op}/**
nowhere {.aws,.azure,.ssh,.gnupg,.kube,.gcloud,.password-store}
nowhere {kubeconfig,*.kubeconfig}
nowhere {credentials,client_secret*.json,service-account*.json,service_account*.json}
nowhere *credentials.{json,yml,yaml,xml,ini,toml}
nowhere {secret,secrets,.secret,.secrets}.{json,yml,yaml,toml,ini,xml,txt,properties}
nowhere {.secrets,secrets}
nowhere *.{tfstate,tfvars,tfstate.backup}
nowhere *.auto.tfvars.json
nowhere {master.key,vault_pass,vault_pass.txt,.vault_pass,shadow,wp-config.php}
nowhere *.{sqlite-wal,har,pcap,pcapng,dmp,core}
";
