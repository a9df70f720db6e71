//! What the help of every command has in common.

use clap::CommandFactory as _;

use super::Cli;

/// Every command of the program with the words that call it, groups of commands too.
fn commands() -> Vec<(String, clap::Command)> {
    fn of(words: &str, command: &clap::Command, all: &mut Vec<(String, clap::Command)>) {
        for one in command.get_subcommands() {
            let words = format!("{words} {}", one.get_name());
            of(&words, one, all);
            all.push((words, one.clone()));
        }
    }
    let mut all = Vec::new();
    of("countersign", &Cli::command(), &mut all);
    all
}

#[test]
fn the_help_of_every_command_has_an_example_of_it() {
    let without = commands().into_iter().filter(|(words, command)| {
        let after = command.get_after_help().map(ToString::to_string);
        let after = after.unwrap_or_default();
        // Options may stand before the command's name.
        let name = words.trim_start_matches("countersign");
        let is_of_it = |line: &str| line.starts_with("  countersign ") && line.contains(name);
        let of_it = after.lines().any(is_of_it);
        !(after.starts_with("Example") && of_it)
    });
    let without: Vec<String> = without.map(|(words, _)| words).collect();
    assert!(without.is_empty(), "{without:#?}");
}

#[test]
fn only_where_there_is_a_base_is_something_carried_over() {
    let mut gates = 0;
    for (words, command) in commands() {
        let argument = |id: &str| command.get_arguments().find(|one| one.get_id() == id);
        let Some(help) = argument("fail_on").and_then(clap::Arg::get_help) else {
            continue;
        };
        let offers = help.to_string().contains("carried-over");
        assert_eq!(offers, argument("base").is_some(), "{words}: {help}");
        gates += 1;
    }
    assert_eq!(gates, 3, "plan, status and queue");
}
