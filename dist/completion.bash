# Completion of vipctl, vipd and vipdrill for bash.

_vipctl() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
    local commands="status instances stats handover priority reload log watch"
    local options="--socket --json --force --version --help"
    COMPREPLY=()
    case $prev in
    handover | priority)
        mapfile -t COMPREPLY < <(compgen -W "$(vipctl --json instances 2>/dev/null |
            grep -o '"name":"[^"]*"' | cut -d '"' -f 4)" -- "$cur")
        ;;
    log) mapfile -t COMPREPLY < <(compgen -W "error warning info detail" -- "$cur") ;;
    -S | --socket) mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
    *) mapfile -t COMPREPLY < <(compgen -W "$commands $options" -- "$cur") ;;
    esac
}
complete -F _vipctl vipctl

_vipd() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
    COMPREPLY=()
    case $cur in
    -*)
        mapfile -t COMPREPLY < <(compgen -W "$(vipd --help | grep -oE -- '--[a-z_-]+' | sort -u)" -- "$cur")
        return
        ;;
    esac
    case $prev in
    --signum)
        mapfile -t COMPREPLY < <(compgen -W "STOP RELOAD DATA STATS STATS_CLEAR JSON" -- "$cur")
        ;;
    *) mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
    esac
}
complete -o filenames -F _vipd vipd

_vipdrill() {
    local cur=${COMP_WORDS[COMP_CWORD]}
    COMPREPLY=()
    if [ "$COMP_CWORD" = 1 ]; then
        mapfile -t COMPREPLY < <(compgen -W "run judge check list doctor --help" -- "$cur")
    else
        case $cur in
        -*) mapfile -t COMPREPLY < <(compgen -W "$(vipdrill "${COMP_WORDS[1]}" --help 2>/dev/null |
            grep -oE -- '--[a-z-]+' | sort -u)" -- "$cur") ;;
        *) mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
        esac
    fi
}
complete -o filenames -F _vipdrill vipdrill
