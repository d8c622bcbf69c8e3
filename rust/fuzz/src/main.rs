//! Damages media files and reads them in this process, looking for panics and for reads that never end.
//!
//!     emos-fuzz [--seconds 60] [--seed 1] [--seeds FOLDER] [--out build/fuzz] [--input FILE]
//!
//! Input number `i` of a seed is always the same, so a run can be had again; `--input` reads one file. What was found is
//! saved in the folder `--out`: one input for each location of the code that panicked. `running` there is the input that
//! is being read: after a crash of FFmpeg, it is the culprit.
#![forbid(unsafe_code)]

mod mutate;
mod random;
mod read;
mod seeds;

use std::collections::BTreeMap;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use random::{hash, Random};

/// A read that takes longer has hung: inputs are small, and a read takes milliseconds.
const HANG: Duration = Duration::from_secs(20);
const POLL: Duration = Duration::from_millis(100);

/// Where code panicked, and what it said: of any thread, since what panics below FFmpeg or in a decoding thread is caught
/// before it gets here.
static PANICS: Mutex<Vec<(String, String)>> = Mutex::new(Vec::new());

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[derive(Debug)]
struct Arguments {
    seconds: u64,
    seed: u64,
    seeds: Option<PathBuf>,
    out: PathBuf,
    input: Option<PathBuf>,
}

impl Arguments {
    fn parse(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut parsed =
            Arguments { seconds: 60, seed: 1, seeds: None, out: PathBuf::from("build/fuzz"), input: None };
        while let Some(name) = words.next() {
            let value = words.next().ok_or_else(|| format!("{name} must have a value"))?;
            let number = || {
                value.parse().map_err(|_| format!("{name} must be a whole number from 0 on, got {value:?}"))
            };
            match name.as_str() {
                "--seconds" => parsed.seconds = number()?,
                "--seed" => parsed.seed = number()?,
                "--seeds" => parsed.seeds = Some(PathBuf::from(value)),
                "--out" => parsed.out = PathBuf::from(value),
                "--input" => parsed.input = Some(PathBuf::from(value)),
                _ => {
                    return Err(format!(
                        "option must be --seconds, --seed, --seeds, --out or --input, got {name:?}"
                    ))
                }
            }
        }
        Ok(parsed)
    }
}

/// What is being read, and since when.
type Running = Arc<Mutex<Option<(Instant, Arc<Vec<u8>>)>>>;

/// What a run came to.
#[derive(Debug, Default)]
struct Counts {
    inputs: u64,
    /// By why they could not be indexed; "read" where they could.
    outcomes: BTreeMap<String, u64>,
    /// By the location of the code: how often it panicked.
    panics: BTreeMap<String, u64>,
}

impl Counts {
    /// Read one input, and save it where it makes code panic that did not before.
    fn read(&mut self, out: &Path, bytes: &[u8]) -> Result<(), String> {
        self.inputs += 1;
        let outcome = match catch_unwind(AssertUnwindSafe(|| read::read(bytes))) {
            Ok(None) => "read".to_owned(),
            Ok(Some(kind)) => format!("{kind:?}"),
            Err(_) => "panicked".to_owned(),
        };
        *self.outcomes.entry(outcome).or_default() += 1;
        for (location, what) in std::mem::take(&mut *lock(&PANICS)) {
            let times = self.panics.entry(location.clone()).or_default();
            *times += 1;
            if *times == 1 {
                let path = save(out, "panic", bytes)?;
                eprintln!("fuzz: panic at {location}: {what}: {path:?}");
            }
        }
        Ok(())
    }

    fn print(&self, seed: u64) {
        let list = |counts: &BTreeMap<String, u64>| {
            counts.iter().map(|(what, count)| format!("{count} {what}")).collect::<Vec<_>>().join(", ")
        };
        println!(
            "fuzz: seed {seed}, {} inputs: {}; {} locations panicked",
            self.inputs,
            list(&self.outcomes),
            self.panics.len()
        );
        if !self.panics.is_empty() {
            println!("fuzz: {}", list(&self.panics));
        }
    }
}

fn save(out: &Path, kind: &str, bytes: &[u8]) -> Result<PathBuf, String> {
    let path = out.join(format!("{kind}-{:016x}", hash(bytes)));
    std::fs::write(&path, bytes).map_err(|error| format!("{error}: {path:?}"))?;
    Ok(path)
}

/// Input number `number` of a run: half of them from tiny files, half from those that were given.
fn input(arguments: &Arguments, number: u64, tiny: &[Vec<u8>], given: &[Vec<u8>]) -> Vec<u8> {
    let mut random = Random::new(arguments.seed.wrapping_mul(0x9E37_79B9).wrapping_add(number));
    let pick = |random: &mut Random| {
        let from = if given.is_empty() || random.once_in(2) { tiny } else { given };
        from.get(random.below(from.len())).map_or(&[][..], Vec::as_slice)
    };
    let (first, second) = (pick(&mut random), pick(&mut random));
    mutate::mutate(&mut random, first, second)
}

/// Read inputs until the time is over.
fn work(arguments: &Arguments, running: &Running) -> Result<Counts, String> {
    let mut counts = Counts::default();
    let mut read = |bytes: Vec<u8>| -> Result<u64, String> {
        let bytes = Arc::new(bytes);
        let path = arguments.out.join("running");
        std::fs::write(&path, &*bytes).map_err(|error| format!("{error}: {path:?}"))?;
        *lock(running) = Some((Instant::now(), Arc::clone(&bytes)));
        counts.read(&arguments.out, &bytes)?;
        *lock(running) = None;
        Ok(counts.inputs)
    };
    if let Some(path) = &arguments.input {
        read(std::fs::read(path).map_err(|error| format!("{error}: {path:?}"))?)?;
    } else {
        let tiny = seeds::tiny(&arguments.out.join("seeds"))?;
        let given = arguments.seeds.as_deref().map(seeds::found).transpose()?.unwrap_or_default();
        if tiny.is_empty() && given.is_empty() {
            return Err("no seeds: this ffmpeg makes none, and no folder has any; give --seeds".to_owned());
        }
        let start = Instant::now();
        let mut number = 0;
        while start.elapsed() < Duration::from_secs(arguments.seconds) {
            number = read(input(arguments, number, &tiny, &given))?;
        }
    }
    let _ = std::fs::remove_file(arguments.out.join("running"));
    Ok(counts)
}

/// Run on a thread of its own, since a hang can only be seen from outside.
fn run(arguments: Arguments) -> Result<ExitCode, String> {
    std::fs::create_dir_all(&arguments.out).map_err(|error| format!("{error}: {:?}", arguments.out))?;
    std::panic::set_hook(Box::new(|info| {
        let location = info.location().map_or_else(|| "nowhere".to_owned(), ToString::to_string);
        let payload = info.payload();
        let text = payload.downcast_ref::<&str>().copied();
        let what = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("no text");
        lock(&PANICS).push((location, what.to_owned()));
    }));
    let arguments = Arc::new(arguments);
    let running = Running::default();
    let worker = std::thread::Builder::new().name("fuzz".to_owned()).spawn({
        let (arguments, running) = (Arc::clone(&arguments), Arc::clone(&running));
        move || work(&arguments, &running)
    });
    let worker = worker.map_err(|error| error.to_string())?;
    while !worker.is_finished() {
        std::thread::sleep(POLL);
        let now = lock(&running).clone();
        if let Some((_, bytes)) = now.filter(|(since, _)| since.elapsed() > HANG) {
            let path = save(&arguments.out, "hang", &bytes)?;
            println!("fuzz: a read of {} s or more: {path:?}", HANG.as_secs());
            return Ok(ExitCode::FAILURE);
        }
    }
    let counts = worker.join().map_err(|_| "the fuzzer itself panicked".to_owned())??;
    counts.print(arguments.seed);
    Ok(if counts.panics.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn main() -> ExitCode {
    match Arguments::parse(std::env::args().skip(1)).and_then(run) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("fuzz: {error}");
            ExitCode::from(2)
        }
    }
}
