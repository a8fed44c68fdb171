namespace Lodestone.ApiServer.Tests.History;

/// <summary>What a client was answered.</summary>
internal enum OperationOutcome
{
    /// <summary>It is done.</summary>
    Done,

    /// <summary>There is no such object.</summary>
    Absent,

    /// <summary>A creation found the name taken.</summary>
    Exists,

    /// <summary>An update found another version than the one it was made from.</summary>
    Conflict,

    /// <summary>Nothing: the server died. A write may have been done or not.</summary>
    Unknown,
}
