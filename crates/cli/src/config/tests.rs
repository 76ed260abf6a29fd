//! Options from flags, file and environment, and what is said about wrong ones.

use super::*;
use expect_test::expect;

fn flags(given: &[(&'static str, &str)]) -> Flags {
    let mut flags = Flags::from([("data-dir", vec!["/nowhere".to_owned()])]);
    for (name, value) in given {
        flags.entry(name).or_default().push((*value).to_owned());
    }
    flags
}

fn build(given: &[(&'static str, &str)]) -> anyhow::Result<Config> {
    Config::build(&load(&flags(given), None)?)
}

#[test]
fn a_flag_wins_over_the_file_and_the_file_over_the_default() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("stead.toml");
    std::fs::write(&path, "listen = ['127.0.0.1:1', '127.0.0.1:2']\nprocess-limit = 7\n").unwrap();
    let settings = load(&flags(&[("process-limit", "8")]), Some(&path)).unwrap();
    assert_eq!(settings.list("listen").values, ["127.0.0.1:1", "127.0.0.1:2"]);
    assert_eq!(settings.list("listen").origin, Origin::File(path));
    assert_eq!(
        settings.list("process-limit"),
        &Setting { values: vec!["8".to_owned()], origin: Origin::Flag }
    );
    assert_eq!(settings.list("provider").origin, Origin::Default);
}

#[test]
fn a_file_is_found_in_the_data_directory() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("stead.toml"), "egress = 'off'").unwrap();
    let data_dir = directory.path().to_str().unwrap().to_owned();
    let settings = load(&Flags::from([("data-dir", vec![data_dir])]), None).unwrap();
    assert_eq!(settings.list("egress").values, ["off"]);
}

#[test]
fn mistakes_are_told_with_what_was_meant() {
    let error = |text: &str| file::parse(text).unwrap_err().to_string();
    expect!["there is no option `lisen`; did you mean `listen`?"].assert_eq(&error("lisen = 'x'"));
    expect!["there is no option `data_dir`; did you mean `data-dir`?"]
        .assert_eq(&error("data_dir = 'x'"));
    expect!["there is no option `colour-scheme`; `stead config` lists them"]
        .assert_eq(&error("colour-scheme = 'x'"));
    expect!["`egress` takes MODE as a text or a number"].assert_eq(&error("egress = true"));
    let error = build(&[("listen", "7832")]).unwrap_err();
    expect!["`listen` is `7832` (from flag): must be ADDRESS:PORT, such as 127.0.0.1:7832: invalid socket address syntax"]
        .assert_eq(&format!("{error:#}"));
}

#[test]
fn every_value_is_checked() {
    for (name, value) in [
        ("public-url", "stead.example.org"),
        ("public-url", "https://stead.example.org/path"),
        ("machine-url", "http://10.0.0.1:7832"),
        ("preview-domain", "a..b"),
        ("trusted-proxy", "proxy"),
        ("provider", "docker"),
        ("memory-limit", "much"),
        ("cpu-limit", "0"),
        ("process-limit", "-1"),
        ("tool-dir", "relative"),
        ("workspace-env", "NOVALUE"),
        ("egress", "full"),
        ("egress-allow", "*"),
        ("monitor-interval", "0"),
        ("idle-timeout", "soon"),
        ("disk-reserve", "1 parsec"),
        ("log-format", "xml"),
    ] {
        let error = build(&[(name, value)]).err().map(|it| it.to_string()).unwrap_or_default();
        assert!(error.contains(&format!("`{name}` is `{value}`")), "{name}: {error}");
    }
}

#[test]
fn values_arrive_where_they_belong() {
    let config = build(&[
        ("memory-limit", "1GiB"),
        ("cpu-limit", "1.5"),
        ("process-limit", "none"),
        ("egress", "allow-list"),
        ("egress-allow", "*.npmjs.org"),
        ("idle-timeout", "0"),
        ("workspace-env", "A=b"),
        ("public-url", "https://stead.example.org/"),
        ("tool-dir", "/usr/share:/opt/share"),
    ])
    .unwrap();
    assert_eq!(config.host.limits.memory_bytes_max, Some(1 << 30));
    assert_eq!(config.host.limits.tmp_bytes_max, Some(1 << 28));
    assert_eq!(config.host.limits.cpu_millis_max, Some(1500));
    assert_eq!(config.host.limits.processes_max, None);
    assert_eq!(config.host.egress.mode, host::EgressMode::AllowList);
    assert_eq!(config.host.idle_kernel_timeout, None);
    assert_eq!(config.host.env.last().unwrap(), &("A".to_owned(), "b".to_owned()));
    assert_eq!(config.gateway.public_url.as_deref(), Some("https://stead.example.org"));
    assert_eq!(config.gateway.database_url, "sqlite:///nowhere/stead.db");
    assert_eq!(config.tools.len(), 1);
}

#[test]
fn lists_in_the_environment_are_separated_by_commas() {
    let key = KEYS.iter().find(|it| it.name == "egress-allow").unwrap();
    assert_eq!(key.variable(), "STEAD_EGRESS_ALLOW");
    assert_eq!(key.split("a.example, b.example:80 ,"), ["a.example", "b.example:80"]);
}
