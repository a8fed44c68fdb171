using System.Globalization;

namespace Lodestone.ApiServer.Audit;

/// <summary>A file that is put aside when it is long, under its name and the time; of those put aside the oldest are deleted. Used by one thread at a time.</summary>
internal sealed class AuditFile : IDisposable
{
    private const string TimeFormat = "yyyy-MM-dd'T'HH-mm-ss.fff";
    private const long Megabyte = 1 << 20;
    private readonly AuditOptions _options;
    private readonly TimeProvider _time;
    private readonly string _path;
    private Stream _stream;
    private bool _isFile;
    private long _length;

    /// <summary>Opens it, to go on at its end.</summary>
    /// <exception cref="IOException">It can't be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be opened.</exception>
    public AuditFile(AuditOptions options, TimeProvider time)
    {
        (_options, _time) = (options, time);
        _path = options.LogFile == "-" ? "" : Path.GetFullPath(options.LogFile);
        _stream = Open();
    }

    /// <summary>Writes lines; they are with the operating system when this returns.</summary>
    /// <exception cref="IOException">They could not be written.</exception>
    public void Write(ReadOnlyMemory<byte> lines)
    {
        if (_isFile && _options.MaxSizeMegabytes > 0 && _length > 0 && _length + lines.Length > _options.MaxSizeMegabytes * Megabyte)
        {
            Rotate();
        }

        _stream.Write(lines.Span);
        _stream.Flush();
        _length += lines.Length;
    }

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    private Stream Open()
    {
        if (_path.Length == 0)
        {
            return Console.OpenStandardOutput();
        }

        Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
        var options = new FileStreamOptions { Mode = FileMode.Append, Access = FileAccess.Write, Share = FileShare.Read | FileShare.Delete, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        var stream = new FileStream(_path, options);
        // A pipe, such as to a log collector, has no length and is never put aside.
        _length = stream.CanSeek ? stream.Length : 0;
        _isFile = stream.CanSeek;
        return stream;
    }

    private void Rotate()
    {
        _stream.Dispose();
        DateTimeOffset now = _time.GetUtcNow();
        string aside = Aside(now);
        while (File.Exists(aside))
        {
            now = now.AddMilliseconds(1);
            aside = Aside(now);
        }

        File.Move(_path, aside);
        _stream = Open();
        DeleteOld();
    }

    private string Aside(DateTimeOffset time) => Path.Combine(
        Path.GetDirectoryName(_path)!,
        $"{Path.GetFileNameWithoutExtension(_path)}-{time.ToString(TimeFormat, CultureInfo.InvariantCulture)}{Path.GetExtension(_path)}");

    private void DeleteOld()
    {
        string prefix = Path.GetFileNameWithoutExtension(_path) + "-";
        string extension = Path.GetExtension(_path);
        var aside = new List<(DateTimeOffset Time, string Path)>();
        foreach (string file in Directory.EnumerateFiles(Path.GetDirectoryName(_path)!, $"{prefix}*{extension}"))
        {
            string name = Path.GetFileName(file);
            if (DateTimeOffset.TryParseExact(
                name[prefix.Length..^extension.Length], TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time))
            {
                aside.Add((time, file));
            }
        }

        aside.Sort();
        aside.Reverse();
        DateTimeOffset oldest = _options.MaxAgeDays > 0 ? _time.GetUtcNow().AddDays(-_options.MaxAgeDays) : DateTimeOffset.MinValue;
        for (int i = 0; i < aside.Count; i++)
        {
            if (aside[i].Time < oldest || (_options.MaxBackups > 0 && i >= _options.MaxBackups))
            {
                File.Delete(aside[i].Path);
            }
        }
    }
}
