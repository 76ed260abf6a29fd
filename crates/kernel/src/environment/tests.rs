//! Who is given what, and what is masked.

use super::*;
use crate::context::testing;
use protocol::PrincipalId;

fn variable(name: &str, value: &str, uses: &[Use]) -> GivenVariable {
    let (name, value) = (name.to_owned(), value.to_owned());
    GivenVariable { name, value, secret: true, uses: uses.to_vec() }
}

fn given(
    person: Option<&PrincipalId>,
    revision: u64,
    variables: Vec<GivenVariable>,
) -> GivenEnvironment {
    GivenEnvironment { person: person.cloned(), revision, variables, credentials: Vec::new() }
}

fn get(all: &[(OsString, OsString)], name: &str) -> Option<String> {
    let found: Vec<_> = all.iter().filter(|it| it.0 == name).collect();
    assert!(found.len() <= 1, "{name} is there twice");
    found.first().map(|it| it.1.to_string_lossy().into_owned())
}

fn by(person: &PrincipalId) -> By {
    By { principal: Some(person.to_string()), operator: None }
}

fn environment(env: &[(&str, &str)]) -> (Environment, tempfile::TempDir) {
    let (context, directory) = testing::context();
    let mut config = Config::clone(&context.config);
    config.env = env.iter().map(|it| (it.0.to_owned(), it.1.to_owned())).collect();
    (Environment::new(&config), directory)
}

// covers: S2.33, S2.34
#[tokio::test]
async fn later_values_win_and_a_person_gets_their_own_in_what_they_open() {
    let (environment, _directory) = environment(&[("PATH", "/a"), ("X", "system"), ("Y", "y")]);
    let (ada, bob) = (PrincipalId::from_random(1), PrincipalId::from_random(2));
    environment.give(given(None, 1, vec![variable("X", "workspace", &Use::ALL)]));
    environment.give(given(Some(&ada), 1, vec![variable("X", "ada", &Use::ALL)]));
    let x = |what, by: &By| get(&environment.of(what, by, &[]), "X").unwrap();
    assert_eq!(x(Use::Terminals, &by(&ada)), "ada");
    assert_eq!(x(Use::Agents, &by(&ada)), "ada");
    assert_eq!(x(Use::DevServer, &by(&ada)), "workspace");
    assert_eq!(x(Use::Terminals, &by(&bob)), "workspace");
    assert_eq!(x(Use::Terminals, &By::kernel()), "workspace");
    let more = [("X".to_owned(), "command".to_owned()), ("PORT".to_owned(), "1".to_owned())];
    let all = environment.of(Use::DevServer, &By::kernel(), &more);
    let all = ["PATH", "X", "Y", "PORT", "TERM"].map(|it| get(&all, it).unwrap());
    assert_eq!(all, ["/a", "workspace", "y", "1", "xterm-256color"]);
}

#[tokio::test]
async fn a_variable_goes_only_where_it_may_and_a_reserved_one_nowhere() {
    let (environment, _directory) = environment(&[]);
    let variables = vec![
        variable("KEY", "value", &[Use::DevServer]),
        variable("PATH", "/evil", &Use::ALL),
        variable("LD_PRELOAD", "/evil", &Use::ALL),
    ];
    environment.give(given(None, 1, variables));
    let key = |what| get(&environment.of(what, &By::kernel(), &[]), "KEY");
    assert_eq!(key(Use::DevServer).as_deref(), Some("value"));
    assert_eq!((key(Use::Terminals), key(Use::Agents), key(Use::Setup)), (None, None, None));
    let all = environment.of(Use::Terminals, &By::kernel(), &[]);
    assert_eq!((get(&all, "PATH").as_deref(), get(&all, "LD_PRELOAD")), (Some(PATH), None));
}

#[tokio::test]
async fn what_is_older_is_ignored_and_what_was_secret_stays_masked() {
    let (environment, _directory) = environment(&[]);
    environment.give(given(None, 2, vec![variable("KEY", "second-value", &Use::ALL)]));
    environment.give(given(None, 1, vec![variable("KEY", "first-value", &Use::ALL)]));
    let key = || get(&environment.of(Use::Terminals, &By::kernel(), &[]), "KEY");
    assert_eq!(key().as_deref(), Some("second-value"));
    environment.give(given(None, 3, Vec::new()));
    assert_eq!(key(), None);
    assert_eq!(environment.redact("a second-value b first-value"), "a ************ b first-value");
}

#[tokio::test]
async fn plain_values_and_short_ones_are_not_masked() {
    let (environment, _directory) = environment(&[]);
    let mut plain = variable("MODE", "production", &Use::ALL);
    plain.secret = false;
    environment.give(given(None, 1, vec![plain, variable("PIN", "1234", &Use::ALL)]));
    assert_eq!(environment.redact("production 1234"), "production 1234");
}

#[tokio::test]
async fn git_is_told_a_helper_for_each_host_and_a_persons_own_wins() {
    let (environment, _directory) = environment(&[]);
    let ada = PrincipalId::from_random(1);
    let credential = |host: &str, token: &str| GivenCredential {
        host: host.to_owned(),
        username: "me".to_owned(),
        token: token.to_owned(),
    };
    assert_eq!(environment.git_credentials(&By::kernel()), []);
    environment.give(GivenEnvironment {
        credentials: vec![credential("github.com", "shared-token"), credential("a.example", "x")],
        ..given(None, 1, Vec::new())
    });
    environment.give(GivenEnvironment {
        credentials: vec![credential("github.com", "adas-token")],
        ..given(Some(&ada), 1, Vec::new())
    });
    let tokens = |by: &By| {
        let all = environment.git_credentials(by);
        let keys = all.iter().filter(|it| it.0.starts_with("GIT_CONFIG_KEY_"));
        assert!(keys.clone().all(|it| it.1.starts_with("credential.https://")));
        assert!(keys.clone().all(|it| !it.1.contains("token")));
        let token = |it: &&(String, String)| it.0.starts_with("STEAD_GIT_TOKEN_");
        all.iter().filter(token).map(|it| it.1.clone()).collect::<Vec<_>>()
    };
    assert_eq!(tokens(&by(&ada)), ["x", "adas-token"]);
    assert_eq!(tokens(&By::kernel()), ["x", "shared-token"]);
    assert_eq!(environment.redact("shared-token adas-token"), "************ **********");
}
