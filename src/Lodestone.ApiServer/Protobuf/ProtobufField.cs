namespace Lodestone.ApiServer.Protobuf;

/// <summary>A field of a message.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Name">Its name in JSON.</param>
/// <param name="Type">What it holds.</param>
internal sealed record ProtobufField(int Number, string Name, ProtobufType Type)
{
    /// <summary>The fields of the message it holds; null if it holds none.</summary>
    public ProtobufField[]? Message { get; init; }

    /// <summary>Whether it is a list.</summary>
    public bool IsRepeated { get; init; }

    /// <summary>
    /// Whether empty, zero and false mean something. Kubernetes' clients also send fields nobody set; of
    /// such a field, these values are the same as its absence, as in the JSON they would have sent.
    /// </summary>
    public bool HasPresence { get; init; }

    /// <summary>Whether several occurrences make one value.</summary>
    public bool IsMerged => Type is ProtobufType.Time or ProtobufType.MicroTime or ProtobufType.Json or ProtobufType.Message;
}
