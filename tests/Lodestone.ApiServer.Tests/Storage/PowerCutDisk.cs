using Lodestone.ApiServer.Storage.Files;
using Microsoft.Win32.SafeHandles;

namespace Lodestone.ApiServer.Tests.Storage;

/// <summary>
/// A disk whose power goes after some number of operations. What was written and not synced by then is, file by file, there up to
/// some point, torn at that point, and gone after it, as the page cache of a machine would leave it.
/// </summary>
/// <param name="operations">How many writes and syncs go well.</param>
/// <param name="random">Decides what is left of unsynced writes.</param>
internal sealed class PowerCutDisk(int operations, Random random) : StoreDisk
{
    private const int Sector = 512;
    private readonly Lock _gate = new();
    private readonly Dictionary<SafeFileHandle, string> _paths = [];
    private readonly Dictionary<string, List<(long Offset, byte[] Before, long LengthBefore, int Written)>> _unsynced = [];
    private int _left = operations;

    public bool IsCut => Volatile.Read(ref _left) <= 0;

    public override SafeFileHandle Open(string path)
    {
        SafeFileHandle file = base.Open(path);
        lock (_gate)
        {
            _paths[file] = path;
        }

        return file;
    }

    public override void Write(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset)
    {
        lock (_gate)
        {
            Spend();
            long length = RandomAccess.GetLength(file);
            var before = new byte[(int)Math.Clamp(length - offset, 0, bytes.Length)];
            ArchiveReader.ReadFully(file, before, offset);
            List<(long, byte[], long, int)> unsynced = _unsynced.TryGetValue(_paths[file], out var found) ? found : _unsynced[_paths[file]] = [];
            unsynced.Add((offset, before, length, bytes.Length));
            base.Write(file, bytes, offset);
        }
    }

    public override void Sync(SafeFileHandle file)
    {
        lock (_gate)
        {
            Spend();
            _unsynced.Remove(_paths[file]);
            base.Sync(file);
        }
    }

    public override void SetLength(SafeFileHandle file, long length)
    {
        lock (_gate)
        {
            Spend();
            base.SetLength(file, length);
        }
    }

    public override void SyncDirectory(string path)
    {
        lock (_gate)
        {
            Spend();
            base.SyncDirectory(path);
        }
    }

    /// <summary>Takes back what was not on the disk; the store is closed.</summary>
    public void LoseUnsynced()
    {
        foreach ((string written, var writes) in _unsynced)
        {
            // A finished file lost the end of its name when it was renamed.
            string path = !File.Exists(written) && written.EndsWith(".new", StringComparison.Ordinal) ? written[..^4] : written;
            if (!File.Exists(path))
            {
                continue;
            }

            using SafeFileHandle file = base.Open(path);
            int kept = random.Next(writes.Count + 1);
            for (int i = writes.Count - 1; i >= kept; i--)
            {
                Undo(file, writes[i], every: true);
            }

            if (kept > 0)
            {
                Undo(file, writes[kept - 1], every: false);
            }
        }
    }

    private void Undo(SafeFileHandle file, (long Offset, byte[] Before, long LengthBefore, int Written) write, bool every)
    {
        for (int at = 0; at < write.Written; at += Sector)
        {
            if (every || random.Next(3) == 0)
            {
                int length = Math.Min(Sector, write.Written - at);
                var sector = new byte[length];
                if (at < write.Before.Length)
                {
                    write.Before.AsSpan(at, Math.Min(length, write.Before.Length - at)).CopyTo(sector);
                }

                RandomAccess.Write(file, sector, write.Offset + at);
            }
        }

        if (every && write.LengthBefore < write.Offset + write.Written)
        {
            RandomAccess.SetLength(file, write.LengthBefore);
        }
    }

    private void Spend()
    {
        if (_left-- <= 0)
        {
            _left = 0;
            throw new IOException("the power is off", 5);
        }
    }
}
