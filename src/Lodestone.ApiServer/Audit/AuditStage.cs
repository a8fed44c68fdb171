namespace Lodestone.ApiServer.Audit;

/// <summary>When on a request's way an event is written.</summary>
internal enum AuditStage
{
    /// <summary>It came in, and is known to be who it says.</summary>
    RequestReceived,

    /// <summary>A watch begins: its headers are sent.</summary>
    ResponseStarted,

    /// <summary>It is answered.</summary>
    ResponseComplete,

    /// <summary>A defect of the server ended it.</summary>
    Panic,
}
