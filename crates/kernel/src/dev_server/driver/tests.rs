//! Which port is the app's.

use super::*;

#[tokio::test(start_paused = true)]
async fn an_announced_port_is_taken_at_once_and_others_after_a_while() {
    let now = Instant::now();
    let open = |port| Some(Event::PortOpen { port });
    let mut choice = PortChoice { requested: Some(5173), ..PortChoice::default() };
    assert_eq!(choice.step(now, &[24678]), None);
    assert_eq!(choice.step(now, &[5173, 24678]), open(5173));
    assert_eq!(choice.step(now, &[5173, 24678]), None);
    choice.hinted = Some(24678);
    assert_eq!(choice.step(now, &[5173, 24678]), open(24678));

    let mut choice = PortChoice::default();
    assert_eq!(choice.step(now, &[8080, 3001]), None);
    assert_eq!(choice.step(now + SETTLE, &[8080, 3001]), open(3001));
    assert_eq!(choice.step(now + SETTLE, &[8080]), Some(Event::PortClosed));
    assert_eq!(choice.step(now + SETTLE * 2, &[8080]), open(8080));
    assert_eq!(choice.step(now + SETTLE * 2, &[]), Some(Event::PortClosed));
    assert_eq!(choice.step(now + SETTLE * 2, &[]), None);
}

#[test]
fn a_fragment_becomes_a_sentence() {
    assert_eq!(sentence("no dev server was found"), "No dev server was found.");
    assert_eq!(sentence("Done!"), "Done!");
    assert_eq!(sentence(""), ".");
}
