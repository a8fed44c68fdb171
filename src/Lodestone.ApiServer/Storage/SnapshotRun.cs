namespace Lodestone.ApiServer.Storage;

/// <summary>A snapshot on its way to disk: where in the state it has come to.</summary>
internal sealed class SnapshotRun
{
    private readonly Queue<KeyValuePair<string, ObjectMap>> _resources;
    private ObjectMap.Enumerator _objects;

    /// <summary>Starts before the first object.</summary>
    public SnapshotRun(StoreState state, long replacedLogBytes)
    {
        State = state;
        ReplacedLogBytes = replacedLogBytes;
        _resources = new Queue<KeyValuePair<string, ObjectMap>>(state.Resources);
        _objects = ObjectMap.Empty.GetEnumerator();
    }

    /// <summary>What is written.</summary>
    public StoreState State { get; }

    /// <summary>Bytes of the log that are not needed any more once this snapshot counts.</summary>
    public long ReplacedLogBytes { get; }

    /// <summary>Chunks written.</summary>
    public int Chunks { get; set; }

    /// <summary>Bytes written.</summary>
    public long Bytes { get; set; }

    /// <summary>The resource of <see cref="Current"/>.</summary>
    public string Resource { get; private set; } = "";

    /// <summary>The object come to.</summary>
    public StoredObject Current => _objects.Current;

    /// <summary>Goes to the next object; false at the end.</summary>
    public bool MoveNext()
    {
        while (!_objects.MoveNext())
        {
            if (!_resources.TryDequeue(out KeyValuePair<string, ObjectMap> next))
            {
                return false;
            }

            Resource = next.Key;
            _objects = next.Value.GetEnumerator();
        }

        return true;
    }
}
