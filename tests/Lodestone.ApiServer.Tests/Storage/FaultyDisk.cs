using Lodestone.ApiServer.Storage.Files;
using Microsoft.Win32.SafeHandles;

namespace Lodestone.ApiServer.Tests.Storage;

/// <summary>A disk that fails on demand. What is written before a failure stays written, as on a real one.</summary>
internal sealed class FaultyDisk : StoreDisk
{
    public const int NoSpace = 28;
    public const int InputOutput = 5;

    /// <summary>The errno that writes fail with; 0 for none. A full disk takes writes over what a file has already.</summary>
    public volatile int WriteError;

    /// <summary>The errno that syncs fail with; 0 for none.</summary>
    public volatile int SyncError;

    /// <summary>The errno that cutting files fails with; 0 for none.</summary>
    public volatile int LengthError;

    public override void Write(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset)
    {
        int error = WriteError;
        if (error != 0 && (error != NoSpace || offset + bytes.Length > RandomAccess.GetLength(file)))
        {
            base.Write(file, bytes[..(bytes.Length / 2)], offset);
            throw Failure(error);
        }

        base.Write(file, bytes, offset);
    }

    public override void Sync(SafeFileHandle file)
    {
        if (SyncError != 0)
        {
            throw Failure(SyncError);
        }

        base.Sync(file);
    }

    public override void SetLength(SafeFileHandle file, long length)
    {
        if (LengthError != 0)
        {
            throw Failure(LengthError);
        }

        base.SetLength(file, length);
    }

    private static IOException Failure(int error) => new($"injected errno {error}", error);
}
