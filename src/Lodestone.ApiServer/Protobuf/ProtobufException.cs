namespace Lodestone.ApiServer.Protobuf;

/// <summary>Bytes that are no protobuf, or not of the message they should be.</summary>
internal sealed class ProtobufException(string message) : Exception(message);
