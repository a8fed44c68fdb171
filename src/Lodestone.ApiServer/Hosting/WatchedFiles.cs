using System.Security.Cryptography;
using Microsoft.Extensions.Logging;

namespace Lodestone.ApiServer.Hosting;

/// <summary>Something made of files that may be replaced at any time. They are read again when it is used, once a second at most.</summary>
/// <remarks>Thread safe. Files that can't be read, or don't fit together because one is not written yet, leave what was made before in force.</remarks>
internal sealed partial class WatchedFiles<T>
    where T : class
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    private readonly IReadOnlyList<string> _paths;
    private readonly Func<IReadOnlyList<byte[]>, T> _make;
    private readonly TimeProvider _time;
    private readonly ILogger<WatchedFiles<T>> _logger;
    private readonly Lock _lock = new();
    private byte[][] _contents;
    private T _current;
    private long _looked;

    /// <summary>Reads the files for the first time.</summary>
    /// <param name="paths">The files.</param>
    /// <param name="make">Makes the value of their contents; throws <see cref="CryptographicException"/> where they make no sense.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Told of every change.</param>
    /// <exception cref="FileException">They can't be used.</exception>
    public WatchedFiles(IReadOnlyList<string> paths, Func<IReadOnlyList<byte[]>, T> make, TimeProvider time, ILogger<WatchedFiles<T>> logger)
    {
        _paths = paths;
        _make = make;
        _time = time;
        _logger = logger;
        try
        {
            _contents = Read();
            _current = make(_contents);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new FileException($"{string.Join(", ", paths)}: {exception.Message}", exception);
        }

        _looked = time.GetTimestamp();
    }

    /// <summary>The value of the files as they were a second ago or later.</summary>
    public T Current
    {
        get
        {
            lock (_lock)
            {
                if (_time.GetElapsedTime(_looked) >= LookEvery)
                {
                    LookLocked();
                    _looked = _time.GetTimestamp();
                }

                return _current;
            }
        }
    }

    private byte[][] Read() => [.. _paths.Select(File.ReadAllBytes)];

    private void LookLocked()
    {
        try
        {
            byte[][] contents = Read();
            if (!contents.Zip(_contents).All(pair => pair.First.AsSpan().SequenceEqual(pair.Second)))
            {
                _current = _make(contents);
                _contents = contents;
                Log.Changed(_logger, string.Join(", ", _paths));
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException)
        {
            Log.Unusable(_logger, string.Join(", ", _paths), exception.Message);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(2045, LogLevel.Information, "{Files} changed and are used as they are now")]
        public static partial void Changed(ILogger logger, string files);

        [LoggerMessage(2046, LogLevel.Warning, "{Files} can't be used as they are now, so what they were before stays in force: {Reason}")]
        public static partial void Unusable(ILogger logger, string files, string reason);
    }
}
