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
            ArrayPool<T>.Shared.Return(_items, clearArray: true);
            _items = larger;
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
        ArrayPool<T>.Shared.Return(_items, clearArray: true);
        _items = null;
        Count = 0;
        return items;
    }
}
