"""Pure: the completion scripts for the shells. They ask homelab for every candidate and contain
nothing about verbs, so they never go out of date."""

from __future__ import annotations

# compopt: a file name is possible here, or the word goes on. readline always closes an open quote
# behind a single candidate, but not behind the common beginning of two.
_BASH = r"""# bash completion for homelab; in ~/.bashrc: source <(homelab completion bash)
_homelab() {
    local line
    COMPREPLY=()
    while IFS= read -r line; do
        case $line in
            :files)
                if ((${#COMPREPLY[@]})); then  # readline adds files only without candidates
                    compopt -o filenames 2>/dev/null
                    while IFS= read -r line; do
                        COMPREPLY+=("$line")
                    done < <(compgen -f -- "${COMP_WORDS[COMP_CWORD]}")
                else
                    compopt -o default 2>/dev/null
                fi
                ;;
            :open)
                compopt -o nospace 2>/dev/null
                ((${#COMPREPLY[@]} == 1)) && COMPREPLY+=("${COMPREPLY[0]} ")
                ;;
            *) COMPREPLY+=("$line") ;;
        esac
    done < <("$1" completion bash -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null </dev/null)
}
complete -F _homelab homelab homelab.pyz
"""

_ZSH = r"""#compdef homelab homelab.pyz
# zsh completion for homelab; in ~/.zshrc, after compinit: source <(homelab completion zsh)
_homelab() {
    local line open files
    local -a candidates
    while IFS= read -r line; do
        case $line in
            :files) files=1 ;;
            :open) open=1 ;;
            *) candidates+=("${${line//:/\\:}/$'\t'/:}") ;;
        esac
    done < <("${(Q)words[1]}" completion zsh -- "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" \
        2>/dev/null </dev/null)
    if (( $#candidates )); then
        local -a how=(-M 'm:{[:upper:]_.}={[:lower:]--}')  # Nas_D is nas-d
        [[ -n $open ]] && how=(-S '')
        _describe -V 'homelab' candidates "${how[@]}"
    fi
    [[ -n $files ]] && _files
    return 0
}
if [[ $funcstack[1] == _homelab ]]; then
    _homelab "$@"
else
    compdef _homelab homelab homelab.pyz
fi
"""

_FISH = r"""# fish completion for homelab; in ~/.config/fish/config.fish:
# homelab completion fish | source
function __homelab_candidates
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    $words[1] completion fish -- $words[2..-1] $current 2>/dev/null </dev/null | while read -l line
        switch $line
            case :files
                __fish_complete_path $current
            case :open
            case '*'
                echo $line
        end
    end
end
complete -c homelab -f -a '(__homelab_candidates)'
complete -c homelab.pyz -f -a '(__homelab_candidates)'
"""

SHIMS = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH}
