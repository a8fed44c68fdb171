using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Lodestone.ApiServer.Storage.Files;

/// <summary>Writes a snapshot or backup: chunks, each with a checksum, and an end that counts them.</summary>
/// <remarks>The file has a name ending in <c>.new</c> until <see cref="Complete"/> has it on the disk; one that is given up goes with <see cref="Dispose"/>.</remarks>
internal sealed class ArchiveWriter : IDisposable
{
    private const int ChunkBytes = 256 << 10;
    private const int SyncBytes = 256 << 10;

    private readonly StoreDisk _disk;
    private readonly string _path;
    private readonly ArchiveHeader _header;
    private readonly Action? _pace;
    private readonly ArrayBufferWriter<byte> _chunk = new(ChunkBytes + (64 << 10));
    private SafeFileHandle? _file;
    private long _unsynced;
    private int _chunks;
    private bool _isComplete;

    /// <summary>Starts a file.</summary>
    /// <param name="disk">Writes.</param>
    /// <param name="path">The name it will have.</param>
    /// <param name="header">Its header.</param>
    /// <param name="pace">Called whenever a portion is on the disk: waits, or throws to give up.</param>
    public ArchiveWriter(StoreDisk disk, string path, ArchiveHeader header, Action? pace = null)
    {
        _disk = disk;
        _path = path;
        _header = header;
        _pace = pace;
        File.Delete(Temporary);
        _file = disk.Create(Temporary);
        Span<byte> bytes = stackalloc byte[ArchiveHeader.Length];
        header.Write(bytes);
        Write(bytes);
        BeginChunk();
    }

    /// <summary>Bytes written.</summary>
    public long Length { get; private set; }

    private string Temporary => _path + ".new";

    /// <summary>Adds an object; objects come in the order of resource and key.</summary>
    public void Add(in LogEntry entry)
    {
        LogCodec.Write(_chunk, entry);
        if (_chunk.WrittenCount >= ChunkBytes)
        {
            EndObjects();
        }
    }

    /// <summary>Adds all objects of a state.</summary>
    public void Add(StoreState state)
    {
        foreach ((string resource, ObjectMap objects) in state.Resources.OrderBy(r => r.Key, StringComparer.Ordinal))
        {
            foreach (StoredObject item in objects)
            {
                Add(new LogEntry(resource, item.Key, item.ResourceVersion, item));
            }
        }
    }

    /// <summary>Adds a whole chunk.</summary>
    public void Add(ChunkKind kind, ReadOnlySpan<byte> content)
    {
        EndObjects();
        _chunk.Write(content);
        EndChunk(kind);
    }

    /// <summary>Ends the file and gives it its name; it is on the disk then.</summary>
    /// <param name="version">The version that everything in it adds up to.</param>
    /// <param name="overwrite">Whether a file of that name may go.</param>
    /// <exception cref="IOException">The disk refused.</exception>
    public void Complete(long version, bool overwrite)
    {
        EndObjects();
        Span<byte> end = stackalloc byte[16];
        BinaryPrimitives.WriteInt64LittleEndian(end, _chunks);
        BinaryPrimitives.WriteInt64LittleEndian(end[8..], version);
        _chunk.Write(end);
        EndChunk(ChunkKind.End);
        _disk.Sync(_file!);
        _file!.Dispose();
        File.Move(Temporary, _path, overwrite);
        _isComplete = true;
        _disk.SyncDirectory(Path.GetDirectoryName(Path.GetFullPath(_path))!);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _file?.Dispose();
        _file = null;
        if (!_isComplete)
        {
            File.Delete(Temporary);
        }
    }

    private void BeginChunk()
    {
        _chunk.ResetWrittenCount();
        _chunk.GetSpan(ChunkHeader.Length)[..ChunkHeader.Length].Clear();
        _chunk.Advance(ChunkHeader.Length);
    }

    private void EndObjects()
    {
        if (_chunk.WrittenCount > ChunkHeader.Length)
        {
            EndChunk(ChunkKind.Objects);
        }
    }

    private void EndChunk(ChunkKind kind)
    {
        // The buffer is ours and not handed out: writing the header into its beginning is safe.
        Span<byte> bytes = MemoryMarshal.AsMemory(_chunk.WrittenMemory).Span;
        Span<byte> content = bytes[ChunkHeader.Length..];
        new ChunkHeader(kind, _chunks, content.Length, Checksum.Compute(content, _header.Seed)).Write(bytes, _header.Seed);
        Write(bytes);
        _chunks++;
        BeginChunk();
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        _disk.Write(_file!, bytes, Length);
        Length += bytes.Length;
        _unsynced += bytes.Length;
        if (_unsynced >= SyncBytes)
        {
            // In small portions: what piles up unwritten would hold up the log's own syncs later.
            _disk.Sync(_file!);
            _unsynced = 0;
            _pace?.Invoke();
        }
    }
}
