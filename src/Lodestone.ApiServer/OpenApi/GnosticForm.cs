namespace Lodestone.ApiServer.OpenApi;

/// <summary>How a JSON value stands in a protobuf field.</summary>
internal enum GnosticForm
{
    /// <summary>A string, or every string of an array.</summary>
    Text,

    /// <summary>A truth value or a whole number.</summary>
    Number,

    /// <summary>A number of eight bytes.</summary>
    Double,

    /// <summary>A message, or every message of an array.</summary>
    Message,

    /// <summary>Every parameter of an array; which message it is depends on its place.</summary>
    Parameter,

    /// <summary>A value as YAML text.</summary>
    Any,

    /// <summary>Every value of an array, as YAML text.</summary>
    EachAny,
}
