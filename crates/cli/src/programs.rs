//! Programs that are found as a shell finds them.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// What Windows starts by itself, where `PATHEXT` names nothing else.
const OF_WINDOWS: &str = ".COM;.EXE;.BAT;.CMD";

/// Where a program is; `None` where it is not installed. A name without a directory is looked for on the `PATH`.
pub(crate) fn find(name: impl AsRef<OsStr>) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let name = Path::new(name.as_ref());
    find_in(name, &path, &endings())
}

/// What is given to the system to start a program. Windows itself looks for `.exe` alone, and `npm` is a script there.
pub(crate) fn to_start(name: &OsStr) -> OsString {
    let found = cfg!(windows).then(|| find(name)).flatten();
    found.map_or_else(|| name.to_owned(), PathBuf::into_os_string)
}

/// What may follow the name of a program in that of its file.
fn endings() -> Vec<String> {
    if cfg!(windows) {
        of_windows(std::env::var("PATHEXT").ok().as_deref())
    } else {
        vec![String::new()]
    }
}

/// The endings in `PATHEXT` that are those of programs: Windows leaves others to the programs that open them.
fn of_windows(path_ext: Option<&str>) -> Vec<String> {
    let known: Vec<_> = OF_WINDOWS.split(';').collect();
    let named = path_ext.unwrap_or(OF_WINDOWS).split(';').map(str::trim);
    let programs = named.filter(|it| known.iter().any(|known| known.eq_ignore_ascii_case(it)));
    programs.map(str::to_ascii_lowercase).collect()
}

fn find_in(name: &Path, path: &OsStr, endings: &[String]) -> Option<PathBuf> {
    let places: Vec<_> = if name.components().count() > 1 {
        vec![name.to_owned()]
    } else {
        let directories = std::env::split_paths(path);
        directories.map(|it| it.join(name)).collect()
    };
    let mut files = places
        .iter()
        .flat_map(|place| endings.iter().map(|ending| with(place, ending)));
    files.find(|file| file.is_file())
}

/// A file with this ending, which it may have already.
fn with(place: &Path, ending: &str) -> PathBuf {
    let own = place.extension().map(|it| format!(".{}", it.display()));
    if own.is_some_and(|own| own.eq_ignore_ascii_case(ending)) {
        return place.to_owned();
    }
    let mut file = place.as_os_str().to_owned();
    file.push(ending);
    file.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where a name leads among these files, in a directory that is on the `PATH` behind an empty one.
    fn found(files: &[&str], name: &str, endings: &[String]) -> Option<String> {
        let (empty, full) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        for file in files {
            std::fs::write(full.path().join(file), "").unwrap();
        }
        let path = std::env::join_paths([empty.path(), full.path()]).unwrap();
        let found = find_in(Path::new(name), &path, endings)?;
        Some(found.file_name()?.to_str()?.to_owned())
    }

    #[test]
    fn a_script_of_windows_goes_before_the_one_for_another_shell() {
        let endings = of_windows(None);
        let files = ["npm", "npm.cmd", "node.exe"];
        for (name, expected) in [
            ("npm", Some("npm.cmd")),
            ("npm.cmd", Some("npm.cmd")),
            ("node", Some("node.exe")),
            ("npx", None),
        ] {
            let found = found(&files, name, &endings);
            assert_eq!(found.as_deref(), expected, "{name}");
        }
    }

    #[test]
    fn a_name_of_unix_is_the_whole_name() {
        let endings = [String::new()];
        let found = found(&["npm", "npm.cmd"], "npm", &endings);
        assert_eq!(found.as_deref(), Some("npm"));
    }

    #[test]
    fn what_windows_does_not_start_by_itself_is_no_program() {
        let endings = of_windows(Some(".PY; .EXE;.cmd;.JS"));
        assert_eq!(endings, [".exe", ".cmd"]);
    }

    #[test]
    fn a_name_with_a_directory_is_not_looked_for_elsewhere() {
        let here = tempfile::tempdir().unwrap();
        let file = here.path().join("gradlew.bat");
        std::fs::write(&file, "").unwrap();
        let without = here.path().join("gradlew");
        let endings = of_windows(None);
        assert_eq!(find_in(&without, OsStr::new(""), &endings), Some(file));
        assert_eq!(find_in(&without, OsStr::new(""), &[String::new()]), None);
    }
}
