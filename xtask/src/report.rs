//! What a developer command tells the person, on standard output.

/// Prints a text for the person.
#[expect(clippy::print_stdout, reason = "this is what a command line is for")]
pub(crate) fn say(text: &str) {
    println!("{text}");
}

/// Prints the heading of a step.
pub(crate) fn step(title: &str) {
    say(&format!("\n\x1b[1m▸ {title}\x1b[0m"));
}
