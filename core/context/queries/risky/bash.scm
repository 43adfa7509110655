; Risky patterns by core/guard's names.

; What a command prints is often meant to be read by `eval`: `eval "$(ssh-agent)"`.
((command
  name: (command_name) @_call
  . argument: [
    (simple_expansion) (expansion)
    (string [(simple_expansion) (expansion)])
    (concatenation [(simple_expansion) (expansion)])
  ] @risk)
  (#eq? @_call "eval")
  (#set! rule "shell-eval"))

((command
  name: (command_name) @_call
  . argument: (word) @_end
  . argument: [
    (simple_expansion) (expansion)
    (string [(simple_expansion) (expansion)])
    (concatenation [(simple_expansion) (expansion)])
  ] @risk)
  (#eq? @_call "eval")
  (#eq? @_end "--")
  (#set! rule "shell-eval"))

((pipeline
  [
    (command name: (command_name) @_fetch)
    (redirected_statement body: (command name: (command_name) @_fetch))
  ]
  (command) @risk)
  (#any-of? @_fetch "curl" "wget")
  (#match? @risk "(?-u)^(sudo\\s+(-\\S+\\s+)*)?((ba|z|da)?sh(\\s|$)|python3?\\s*-?$)")
  (#set! rule "shell-pipe-to-shell"))

((command
  name: (command_name) @_call
  argument: [
    (string (command_substitution (command name: (command_name) @_fetch)))
    (command_substitution (command name: (command_name) @_fetch))
    (process_substitution (command name: (command_name) @_fetch))
  ] @risk)
  (#any-of? @_call "sh" "bash" "zsh" "dash" "eval" "source" ".")
  (#any-of? @_fetch "curl" "wget")
  (#set! rule "shell-pipe-to-shell"))

((command name: (command_name) @_call argument: (word) @risk)
  (#eq? @_call "curl")
  (#match? @risk "^(-[fsSLvgiI]*k[fsSLvgiI]*|--insecure)$")
  (#set! rule "shell-tls-off"))

((command name: (command_name) @_call argument: (word) @risk)
  (#eq? @_call "wget")
  (#eq? @risk "--no-check-certificate")
  (#set! rule "shell-tls-off"))

((command name: (command_name) @_call argument: (_) @risk)
  (#eq? @_call "chmod")
  (#match? @risk "^(0?777|a\\+rwx|ugo\\+rwx)$")
  (#set! rule "shell-chmod"))

((command name: (command_name) @_call argument: (word) @_flag argument: (_) @risk)
  (#eq? @_call "rm")
  (#match? @_flag "^(-[a-zA-Z]*[rR][a-zA-Z]*|--recursive)$")
  (#any-of? @risk "/" "/*")
  (#set! rule "shell-rm-root"))

((command
  name: (command_name) @_sudo . argument: (word) @_call
  argument: (word) @_flag argument: (_) @risk)
  (#eq? @_sudo "sudo")
  (#eq? @_call "rm")
  (#match? @_flag "^(-[a-zA-Z]*[rR][a-zA-Z]*|--recursive)$")
  (#any-of? @risk "/" "/*")
  (#set! rule "shell-rm-root"))

([
  (variable_assignment name: (variable_name) @_name value: (string . (string_content) @_value .))
  (variable_assignment name: (variable_name) @_name value: [(raw_string) (word)] @_value)
] @risk
  (#match? @_name "(?i-u)(password|passwd|passphrase|secret|api_?key|private_?key|access_?key|auth_?token|access_?token)$")
  (#match? @_value "^[!-~]{8,80}$")
  (#match? @_value "[0-9]")
  (#match? @_value "[A-Za-z]")
  (#not-match? @_value "(?i-u)example|change|your|xxx|placeholder|dummy|test|fake|todo|password|secret|env|http|[{<$%/]")
  (#set! rule "shell-credential"))
