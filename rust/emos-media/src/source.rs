//! Where bytes come from: a file, memory, or anything that can be read at an offset.

use std::fs::File;
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

pub use emos_ffmpeg::ReadAt;

use crate::error::{Error, ErrorKind, Result};

/// A named source of bytes, shared by everything that reads it. Its name is for people: one line that can stand between
/// double quotes, with escapes for all that cannot. Where the bytes are is not known by it.
#[derive(Clone)]
pub struct Source {
    name: Arc<str>,
    bytes: Arc<dyn ReadAt>,
    file: Option<Arc<FileStamp>>,
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Source(\"{}\")", self.name)
    }
}

#[derive(Debug)]
struct FileStamp {
    path: PathBuf,
    stamp: Stamp,
}

/// Size and time of change of a file when it was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Stamp {
    pub size: u64,
    pub modified_seconds: i64,
    pub modified_nanoseconds: i64,
}

impl Source {
    /// # Errors
    /// There is no such file, it is not a regular file, or it may not be read.
    pub fn open(path: &Path, name: &str) -> Result<Self> {
        // Checked before opening, since opening a pipe waits for its writer.
        let metadata = std::fs::metadata(path).map_err(|error| Error::io(error, name))?;
        if !metadata.is_file() {
            let found = if metadata.is_dir() { "a folder" } else { "a pipe or a device" };
            let what = format!("source must be a regular file, got {found}; give a media file, or its bytes");
            return Err(Error::new(ErrorKind::SourceUnreadable, what, name));
        }
        let file = File::open(path).map_err(|error| Error::io(error, name))?;
        let metadata = file.metadata().map_err(|error| Error::io(error, name))?;
        let stamp = Stamp::of(&metadata);
        let bytes = Arc::new(FileBytes { file, size: stamp.size });
        let file = Some(Arc::new(FileStamp { path: path.to_owned(), stamp }));
        Ok(Source { name: Arc::from(name), bytes, file })
    }

    #[must_use]
    pub fn new(bytes: Arc<dyn ReadAt>, name: &str) -> Self {
        Source { name: Arc::from(name), bytes, file: None }
    }

    #[must_use]
    pub fn name(&self) -> &Arc<str> {
        &self.name
    }

    #[must_use]
    pub fn bytes(&self) -> &Arc<dyn ReadAt> {
        &self.bytes
    }

    #[must_use]
    pub fn stamp(&self) -> Stamp {
        match &self.file {
            Some(file) => file.stamp,
            None => Stamp { size: self.bytes.size(), modified_seconds: 0, modified_nanoseconds: 0 },
        }
    }

    /// # Errors
    /// The file is not the one that was opened, or was written to since.
    pub fn check_unchanged(&self) -> Result<()> {
        let same = match &self.file {
            Some(file) => std::fs::metadata(&file.path).is_ok_and(|now| Stamp::of(&now) == file.stamp),
            None => true,
        };
        if same {
            Ok(())
        } else {
            let what = "the file changed after it was opened; open it again";
            Err(Error::new(ErrorKind::SourceChanged, what, &self.name))
        }
    }

    /// Fill `buf` from `offset`. Returns how many bytes there were.
    ///
    /// # Errors
    /// The source failed.
    pub fn read_full(&self, offset: u64, buf: &mut [u8]) -> Result<usize> {
        let mut done = 0;
        while done < buf.len() {
            match self.bytes.read_at(offset + done as u64, &mut buf[done..]) {
                Ok(0) => break,
                Ok(count) => done += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Error::io(error, &self.name)),
            }
        }
        Ok(done)
    }
}

/// The bytes of a source for a reader that goes on where some cannot be read: the first failure is kept.
pub(crate) struct Watched<'a> {
    source: &'a Source,
    failure: Mutex<Option<io::Error>>,
}

impl<'a> Watched<'a> {
    pub fn new(source: &'a Source) -> Self {
        Watched { source, failure: Mutex::new(None) }
    }

    /// # Errors
    /// The source failed.
    pub fn finish(self) -> Result<()> {
        let failure = self.failure.into_inner().unwrap_or_else(PoisonError::into_inner);
        failure.map_or(Ok(()), |error| Err(Error::io(error, &self.source.name)))
    }
}

impl ReadAt for Watched<'_> {
    fn size(&self) -> u64 {
        self.source.bytes.size()
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        self.source.bytes.read_at(offset, buf).map_err(|error| {
            let kind = error.kind();
            self.failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
            kind.into()
        })
    }
}

impl Stamp {
    fn of(metadata: &std::fs::Metadata) -> Self {
        Stamp {
            size: metadata.len(),
            modified_seconds: metadata.mtime(),
            modified_nanoseconds: metadata.mtime_nsec(),
        }
    }
}

struct FileBytes {
    file: File,
    size: u64,
}

impl ReadAt for FileBytes {
    fn size(&self) -> u64 {
        self.size
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.file.read_at(buf, offset) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => return result,
            }
        }
    }
}

/// Says whether to stop. It is asked between packets.
pub trait Stop: Sync {
    fn stop(&self) -> bool;
}

/// Never stops.
#[derive(Clone, Copy, Debug)]
pub struct KeepGoing;

impl Stop for KeepGoing {
    fn stop(&self) -> bool {
        false
    }
}
