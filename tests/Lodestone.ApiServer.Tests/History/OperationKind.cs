namespace Lodestone.ApiServer.Tests.History;

/// <summary>What a client did.</summary>
internal enum OperationKind
{
    Create,
    Update,
    Delete,
    Get,
    List,
}
