using Lodestone.Bpf.Interop;

namespace Lodestone.Bpf;

/// <summary>A BPF array as memory of this process: what is written here, packets see at once.</summary>
/// <remarks>Stays valid after the <see cref="BpfMap"/> is disposed. Not to be used after its own disposal.</remarks>
/// <typeparam name="T">The element, as long as the map's value.</typeparam>
public sealed unsafe class BpfArray<T> : IDisposable
    where T : unmanaged
{
    private readonly nuint _bytes;
    private nint _address;

    internal BpfArray(nint address, nuint bytes, int length)
    {
        _address = address;
        _bytes = bytes;
        Length = length;
    }

    /// <summary>Unmaps what was forgotten.</summary>
    ~BpfArray() => Unmap();

    /// <summary>Elements.</summary>
    public int Length { get; }

    /// <summary>All elements.</summary>
    public Span<T> Span
    {
        get
        {
            ObjectDisposedException.ThrowIf(_address == 0, this);
            return new Span<T>((void*)_address, Length);
        }
    }

    /// <summary>The first element; for stores that must be volatile or released.</summary>
    public T* First
    {
        get
        {
            ObjectDisposedException.ThrowIf(_address == 0, this);
            return (T*)_address;
        }
    }

    /// <summary>One element.</summary>
    public ref T this[int index] => ref Span[index];

    /// <inheritdoc/>
    public void Dispose()
    {
        Unmap();
        GC.SuppressFinalize(this);
    }

    private void Unmap()
    {
        nint address = Interlocked.Exchange(ref _address, 0);
        if (address != 0)
        {
            _ = LibC.munmap(address, _bytes);
        }
    }
}
