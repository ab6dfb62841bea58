/** Shells that can be taught to complete. */
export const shells = ['bash', 'zsh', 'fish'] as const;

/** One of the shells. */
export type Shell = (typeof shells)[number];

/**
 * What each shell evaluates. All of them ask `chatstack complete -- WORDS…`, which answers a candidate and its description per line
 * and, in the last line, `:0` where files fit, else `:4` (the protocol of Cobra, so that kubectl can ask it too).
 */
export const completionScripts: { readonly [shell in Shell]: string } = {
  bash: `# bash completion of chatstack. In ~/.bashrc:  source <(chatstack completion bash)
_chatstack() {
  local answer line current="\${COMP_WORDS[COMP_CWORD]}"
  # Bash takes = for a word of its own: --option=value are three.
  if [[ $current == "=" ]]; then current=""; fi
  answer=$(chatstack complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null) || return
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      :0) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$current")) ;;
      :*) ;;
      *) line=\${line%%$'\\t'*}; if [[ $line == "$current"* ]]; then COMPREPLY+=("$line"); fi ;;
    esac
  done <<<"$answer"
}
complete -F _chatstack chatstack kubectl-chatstack
`,
  zsh: `#compdef chatstack kubectl-chatstack
# zsh completion of chatstack. In ~/.zshrc, behind compinit:  source <(chatstack completion zsh)
_chatstack() {
  local line
  local -a candidates
  for line in "\${(@f)$(chatstack complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    case $line in
      :0) _files; return ;;
      :*) ;;
      *) candidates+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}") ;;
    esac
  done
  _describe chatstack candidates
}
if [[ $funcstack[1] == _chatstack ]]; then _chatstack; else compdef _chatstack chatstack kubectl-chatstack; fi
`,
  fish: `# fish completion of chatstack:  chatstack completion fish > ~/.config/fish/completions/chatstack.fish
function __chatstack_complete
  set -l words (commandline -opc) (commandline -ct)
  for line in (chatstack complete -- $words[2..] 2>/dev/null)
    switch $line
      case ':0'
        __fish_complete_path (commandline -ct)
      case ':*'
      case '*'
        echo $line
    end
  end
end
complete -c chatstack -f -a '(__chatstack_complete)'
complete -c kubectl-chatstack -f -a '(__chatstack_complete)'
`,
};
