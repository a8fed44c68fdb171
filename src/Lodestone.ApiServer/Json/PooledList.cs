using System.Buffers;

namespace Lodestone.ApiServer.Json;

/// <summary>Collects items in a rented array, and gives it back when the exact array is made. Not to be copied.</summary>
/// <typeparam name="T">The item.</typeparam>
internal struct PooledList<T>
{
    private T[]? _items;

    /// <summary>How many items there are.</summary>
    public int Count { get; private set; }

    /// <summary>Adds an item.</summary>
    public void Add(T item)
    {
        if (_items is null)
        {
            _items = ArrayPool<T>.Shared.Rent(8);
        }
        else if (Count == _items.Length)
        {
            T[] larger = ArrayPool<T>.Shared.Rent(Count * 2);
            _items.CopyTo(larger, 0);
            int count = Count;
            Discard();
            (_items, Count) = (larger, count);
        }

        _items[Count++] = item;
    }

    /// <summary>The items. Ends the list.</summary>
    public T[] ToArray()
    {
        if (_items is null)
        {
            return [];
        }

        T[] items = _items.AsSpan(0, Count).ToArray();
        Discard();
        return items;
    }

    /// <summary>Ends the list without making anything of it.</summary>
    public void Discard()
    {
        if (_items is not null)
        {
            // Only what was used may refer to something.
            _items.AsSpan(0, Count).Clear();
            ArrayPool<T>.Shared.Return(_items);
        }

        _items = null;
        Count = 0;
    }
}
