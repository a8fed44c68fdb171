namespace Lodestone.Controllers.Tests.Chaos;

/// <summary>What goes wrong with a request.</summary>
internal enum Fault
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>It never reaches the server.</summary>
    Lost,

    /// <summary>The server does it, and the answer is lost.</summary>
    AnswerLost,

    /// <summary>409.</summary>
    Conflict,

    /// <summary>410.</summary>
    Expired,

    /// <summary>429.</summary>
    TooManyRequests,

    /// <summary>500.</summary>
    ServerError,

    /// <summary>The answer ends in the middle.</summary>
    Cut,

    /// <summary>The controllers die before it is sent.</summary>
    CrashBefore,

    /// <summary>The controllers die when the server has done it.</summary>
    CrashAfter,

    /// <summary>The controllers die, and the write arrives long after: it was on its way.</summary>
    CrashLate,
}
