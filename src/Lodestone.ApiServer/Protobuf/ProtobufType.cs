namespace Lodestone.ApiServer.Protobuf;

/// <summary>What a field holds, and so how it stands in JSON.</summary>
internal enum ProtobufType
{
    /// <summary>UTF-8 text.</summary>
    Text,

    /// <summary>Bytes; base64 in JSON.</summary>
    Bytes,

    /// <summary>A number of 32 bits.</summary>
    Int32,

    /// <summary>A number of 64 bits.</summary>
    Int64,

    /// <summary>True or false.</summary>
    Boolean,

    /// <summary>meta/v1 Time: whole seconds.</summary>
    Time,

    /// <summary>meta/v1 MicroTime: microseconds.</summary>
    MicroTime,

    /// <summary>From text to text: entries of 1 key, 2 value.</summary>
    Map,

    /// <summary>From text to bytes: entries of 1 key, 2 value. In JSON the bytes are base64.</summary>
    BytesMap,

    /// <summary>From text to lists of text: entries of 1 key, 2 a message whose field 1 is the list (ExtraValue).</summary>
    TextsMap,

    /// <summary>A message whose field 1 is JSON (meta/v1 FieldsV1).</summary>
    Json,

    /// <summary>Another message.</summary>
    Message,
}
