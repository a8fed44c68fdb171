using Microsoft.Win32.SafeHandles;

namespace Lodestone.ApiServer.Storage.Files;

/// <summary>A log file that is, or will be, written to.</summary>
/// <param name="sequence">The number in its name.</param>
/// <param name="path">Its name.</param>
/// <param name="file">Open for reading and writing; closed with this.</param>
/// <param name="length">Bytes that are written already, with zeros where no commit is yet.</param>
internal sealed class LogSegment(long sequence, string path, SafeFileHandle file, long length) : IDisposable
{
    /// <summary>The number in its name.</summary>
    public long Sequence => sequence;

    /// <summary>Its name.</summary>
    public string Path => path;

    /// <summary>The file.</summary>
    public SafeFileHandle File => file;

    /// <summary>Bytes that are written already. Beyond them the file grows, which costs the file system more.</summary>
    public long Length { get; set; } = length;

    /// <summary>What the file begins with, once it does.</summary>
    public SegmentHeader Header { get; set; }

    /// <summary>Where the next commit goes; 0 in a file that is not begun.</summary>
    public long End { get; set; }

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();
}
